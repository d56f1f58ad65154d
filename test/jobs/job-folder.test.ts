import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWritable, jobName, writeJobFolder } from '../../src/jobs/job-folder.js';
import { readConfig } from '../../src/jobs/run-job.js';
import { fileIn, temporaryFolder } from '../features/logs.js';

const folder = temporaryFolder();

describe('a job folder', () => {
  it('appears whole, below folders that are made for it', async () => {
    const path = await writeJobFolder(join(folder, 'a', 'b'), 'job', () => ({ 'x.txt': 'x', 'y.csv': ['1\n', '2\n'] }));
    expect(path).toBe(join(folder, 'a', 'b', 'job'));
    expect(readFileSync(join(path, 'y.csv'), 'utf8')).toBe('1\n2\n');
  });

  it('leaves nothing behind when writing fails, not even the folders made on the way', async () => {
    function* failing() {
      yield 'half';
      throw new Error('the disk broke');
    }
    const writing = writeJobFolder(join(folder, 'c', 'd'), 'job', () => ({ 'x.txt': 'x', 'y.csv': failing() }));
    await expect(writing).rejects.toThrow('the disk broke');
    expect(existsSync(join(folder, 'c'))).toBe(false);
  });

  it('takes the next name where one is taken, also by a run at the same moment', async () => {
    const parent = join(folder, 'same');
    const paths = await Promise.all(
      [1, 2, 3, 4].map((i) => writeJobFolder(parent, 'job', () => ({ 'x.txt': String(i) }))),
    );
    expect(paths.map((path) => path.slice(parent.length + 1)).sort()).toEqual(['job', 'job_2', 'job_3', 'job_4']);
    for (const [i, path] of paths.entries()) expect(readFileSync(join(path, 'x.txt'), 'utf8')).toBe(String(i + 1));
    expect(readdirSync(parent)).toHaveLength(4);
  });

  it('is refused where a file is in the way', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const parent of ['file', 'file/below']) {
      await expect(checkWritable(join(folder, parent))).rejects.toMatchObject({ code: 'unwritable_folder' });
      const writing = writeJobFolder(join(folder, parent), 'job', () => ({ x: '' }));
      await expect(writing).rejects.toMatchObject({ code: 'unwritable_folder' });
    }
    await expect(checkWritable(join(folder, 'not', 'yet', 'there'))).resolves.toBeUndefined();
    expect(existsSync(join(folder, 'not'))).toBe(false);
  });

  it('is named after the job and its time', () => {
    expect(jobName('bgnbd_model', new Date(2011, 7, 8, 9, 5, 3))).toBe('clv_bgnbd_model_20110808T090503');
  });
});

describe('config.json', () => {
  it.each([
    ['{', 'bad_option', {}],
    ['[]', 'bad_option', {}],
    ['{"treshold_date": "2011-08-08"}', 'bad_option', { column: 'treshold_date', hint: 'threshold_date' }],
    ['{"horizon": "10"}', 'bad_option', { column: 'horizon' }],
  ])('refuses %s', async (text, code, details) => {
    await expect(readConfig(fileIn(folder, 'config.json', text))).rejects.toMatchObject({ code, details });
  });

  it('says so where there is none', async () => {
    await expect(readConfig(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'missing_file' });
  });
});
