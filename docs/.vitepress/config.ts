import { defineConfig } from 'vitepress';

export default defineConfig({
  title: 'clv',
  description: 'What each customer will be worth, from a transaction log',
  cleanUrls: true,
  ignoreDeadLinks: [/^\/api\//, /\.\.\/(src|test|bench|examples|README|CONTRIBUTING)/, /^\.\/\.\.\//],
  srcExclude: ['api/**'],
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/start' },
      { text: 'API', link: '/api/', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Start', link: '/start' },
          { text: 'Commands', link: '/commands' },
          { text: 'Logs and cleaning', link: '/data' },
          { text: 'Features', link: '/features' },
          { text: 'Networks', link: '/networks' },
          { text: 'The report', link: '/report' },
          { text: 'In a service, in a page', link: '/library' },
          { text: 'mltrain and buckets', link: '/mltrain' },
          { text: 'Errors', link: '/errors' },
        ],
      },
      {
        text: 'Coming from',
        items: [
          { text: 'lifetimes', link: '/from-lifetimes' },
          { text: 'PyMC-Marketing', link: '/from-pymc-marketing' },
          { text: 'CLVTools', link: '/from-clvtools' },
        ],
      },
      { text: 'How it is built', items: [{ text: 'Architecture', link: '/architecture' }] },
    ],
  },
});
