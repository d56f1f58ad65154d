import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTemporaryFolders, temporaryFolder } from '../src/temporary.js';
import { checkExtension, checkTarget, writeWhole } from '../src/whole-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HINT = '--output FILE';
const write = (path: string, content = 'new') => writeWhole(path, (aside) => writeFile(aside, content), HINT);

describe('a whole file', () => {
  it('appears with the folders above it, and takes the place of an older one', async () => {
    const path = join(folder, 'a', 'b', 'file.csv');
    await write(path, 'old');
    await write(path);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['file.csv']);
  });

  it('is not there, nor the folders, where writing fails', async () => {
    const failing = writeWhole(join(folder, 'a', 'file.csv'), () => Promise.reject(new Error('no')), HINT);
    await expect(failing).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves an older one as it was where writing fails', async () => {
    const path = join(folder, 'file.csv');
    writeFileSync(path, 'old');
    await expect(writeWhole(path, () => Promise.reject(new Error('no')), HINT)).rejects.toThrow('no');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('lies where a link leads, and the link stays', async () => {
    const [path, link] = [join(folder, 'file.csv'), join(folder, 'link.csv')];
    writeFileSync(path, 'old');
    symlinkSync(path, link);
    await write(link);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('never takes the place of a device or a pipe: what is written goes into it', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = new Promise<string>((resolve) => {
      void import('node:child_process').then(({ execFile }) => execFile('cat', [pipe], (_, out) => resolve(out)));
    });
    await write(pipe);
    expect(await reading).toBe('new');
    expect(statSync(pipe).isFIFO()).toBe(true);
    await write('/dev/null');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('is refused below a file, with an error of ours, and the program ends cleanly', async () => {
    const file = join(folder, 'file.csv');
    writeFileSync(file, 'old');
    await expect(write(join(file, 'below.csv'))).rejects.toMatchObject({ code: 'unwritable_folder' });
    await expect(temporaryFolder('.x-', file)).rejects.toThrow();
    expect(() => removeTemporaryFolders()).not.toThrow();
  });

  it('is not written over what is read, nor onto a folder, nor under the name of another format', async () => {
    const file = join(folder, 'orders.csv');
    writeFileSync(file, 'old');
    await expect(checkTarget([file], join(folder, '.', 'orders.csv'), HINT)).rejects.toMatchObject({
      code: 'bad_option',
    });
    await expect(checkTarget([file], folder, HINT)).rejects.toMatchObject({ code: 'unwritable_folder' });
    expect(() => checkExtension('page.parquet', ['.html'], HINT)).toThrow(
      expect.objectContaining({ code: 'bad_option' }),
    );
    expect(() => checkExtension('PAGE.HTML', ['.html'], HINT)).not.toThrow();
  });
});
