/**
 * What a report does beyond being read: tables are sorted and searched, and what a mark of a chart stands for is told at once.
 * It runs in the page as it is written here; nothing is lost without it.
 */
export const SCRIPT = `
'use strict';
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const falling = head.getAttribute('aria-sort') ? head.getAttribute('aria-sort') === 'ascending' : !head.classList.contains('text');
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
      const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
      const text = head.classList.contains('text');
      const order = text ? (a, b) => key(a).localeCompare(key(b), 'en', { numeric: true }) : (a, b) => key(a) - key(b);
      body.append(...[...body.rows].sort((a, b) => (falling ? order(b, a) : order(a, b))));
    });
  });
}
for (const search of document.querySelectorAll('.search')) {
  search.hidden = false;
  const table = document.getElementById(search.dataset.table);
  const input = search.querySelector('input');
  const found = search.querySelector('output');
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      if (!row.hidden) shown++;
    }
    found.textContent = wanted ? shown + ' found' : '';
  });
}
const tip = document.createElement('div');
tip.className = 'tip';
tip.hidden = true;
tip.setAttribute('aria-hidden', 'true');
document.body.append(tip);
const told = new WeakMap();
document.addEventListener('pointermove', ({ target, clientX, clientY }) => {
  const mark = target instanceof SVGElement && target.ownerSVGElement ? target : null;
  const title = mark && mark.querySelector(':scope > title');
  if (title && !told.has(mark)) {
    told.set(mark, title.textContent.split(' · ').join('\\n'));
    title.remove();
  }
  const text = mark && told.get(mark);
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  tip.style.left = Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8) + 'px';
  tip.style.top = Math.max(8, clientY - tip.offsetHeight - 12) + 'px';
});
`;
