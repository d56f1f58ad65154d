/**
 * Lines of plain CSV as columns of numbers: codes and keys of texts, days with their minutes, amounts. Lines are weighed, and
 * neighbours that are one visit of a customer become one row.
 *
 * Plain means that nothing has to be understood: no quotes, every line as many cells as the header, ends of lines all alike,
 * texts without blanks around them, amounts such as -12.50, moments in one format. Of anything else `scan` says ODD, and
 * another reader takes over.
 *
 * The caller writes whole lines at `input`, tells so with `feed`, calls `scan` until it answers 0, and at the end `flush`.
 */

/** Rows in a call of `scan` at most: a vector of DuckDB. */
export const CAPACITY: i32 = 2048;
/** Bytes at `input`: few enough to stay close to the processor until they are read. */
export const PIECE: i32 = 1 << 18;
export const MOST_COLUMNS: u32 = 256;
/** What `scan` answers to text that is not plain. */
export const ODD: i32 = -1;

// What a column holds.
const SKIPPED: u32 = 0;
/** Codes: the place of a text in the dictionary of its column, in the order in which texts first come. */
const CODE: u32 = 1;
const NUMBER: u32 = 2;
const MOMENT: u32 = 3;
/** 64 bits that are the same for the same text: its bytes, of longer ones a hash; 0 for none. */
const KEY: u32 = 4;
/** In a column of codes. */
const NO_CODE: i32 = -1;

const LF: u32 = 10;
const CR: u32 = 13;
const BLANK: u32 = 32;
const QUOTE: u32 = 34;
const MINUS: u32 = 45;
const POINT: u32 = 46;
const ZERO: u32 = 48;
const COLON: u32 = 58;
const ZULU: u32 = 90;

/** Larger amounts are not money. */
const LARGEST: u64 = 1_000_000_000_000_000;
/** A number with more characters could have more digits than a double. */
const LONGEST_NUMBER: u32 = 16;

@unmanaged
class Column {
  kind: u32;
  /** Of CAPACITY cells: codes and days (i32), keys (u64); of rows also numbers (f64). */
  cells: usize;
  /** Of moments: minutes of the day (i32). */
  minutes: usize;
  /** A bit a cell, 0 where it is empty. */
  filled: usize;
  /** Empty cells among those that were read last. */
  empty: u32;
  /** Of numbers: their digits (i64), and how many of these are decimals (u8). */
  digits: usize;
  decimals: usize;
  dictionary: Dictionary;
}

/** Texts by code and codes by text: an open table of slots (code + 1, mark, first 8 bytes), at most half full. */
@unmanaged
class Dictionary {
  slots: usize;
  mask: u32;
  size: u32;
  /** Addresses and lengths of texts, by code. */
  texts: usize;
  room: u32;
  heap: usize;
  heapEnd: usize;
}

/** No two marks have the same lower half: 0, tab, LF, ;, comma or |, CR, quote. */
const marks = memory.data(16, 16);
const lowerHalf = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15], 16);

const SLOT: usize = 16;
const ENTRY: usize = 8;
const HEAP: usize = 1 << 20;

const powersOfTen = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
]);
const daysBefore = memory.data<i32>([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365]);

export const input: usize = memory.data(PIECE + 64, 16);
/** Where cells begin: for each row its first cell, then what follows each. */
const stops: usize = memory.data(<i32>(<u32>CAPACITY * (MOST_COLUMNS + 1) * 4), 16);
/** Rows whose text is not that of the row before. */
const pending: usize = memory.data(CAPACITY * 4 + 4, 16);
/** Their hashes. */
const hashes: usize = memory.data(CAPACITY * 8, 16);
/** Makes sure that what is loaded ahead is loaded. */
export let touched: u32 = 0;
const columns: usize = memory.data(<i32>((MOST_COLUMNS + 14) * offsetof<Column>()), 16);

let columnCount: u32 = 0;
let delimiter: u32 = 0;
let crlf: bool = false;
/** Of moments: 0 for days alone, else what stands before the time. */
let separator: u32 = 0;
let hasSeconds: bool = false;
let hasZone: bool = false;
let momentLength: u32 = 0;
let position: usize = 0;
let limit: usize = 0;

/** Columns of which lines are weighed; NONE where there is none. */
const NONE: u32 = u32.MAX_VALUE;
let customers: u32 = NONE;
let dates: u32 = NONE;
let quantities: u32 = NONE;
let prices: u32 = NONE;
let amounts: u32 = NONE;
/** By which lines share rows, besides customer and day; NONE where that does not matter. */
let orders: u32 = NONE;
let countries: u32 = NONE;
let hasMinutes: bool = false;
/** What rows have a list of, one item a line; NONE where there is none. */
let products: u32 = NONE;
let categories: u32 = NONE;
/** Decimals of worth and of pieces. */
let worthDecimals: u32 = 0;
let pieceDecimals: u32 = 0;

/** Where free memory begins. */
let free: usize = 0;

/** Fresh memory, all zero; 0 if there is no more. */
function allocate(bytes: usize): usize {
  if (free === 0) free = (<usize>memory.size()) << 16;
  const at = free;
  const end = at + ((bytes + 15) & ~15);
  const has = (<usize>memory.size()) << 16;
  if (end > has && memory.grow(<i32>(((end - has) >> 16) + 16)) < 0) return 0;
  free = end;
  return at;
}

@inline
function columnAt(i: u32): Column {
  return changetype<Column>(columns + i * offsetof<Column>());
}

/** @param time 0 for days alone, else what stands before the time */
export function begin(count: u32, delimiting: u32, endsCrLf: bool, time: u32, seconds: bool, zone: bool): void {
  columnCount = count;
  delimiter = delimiting;
  crlf = endsCrLf;
  separator = time;
  hasSeconds = seconds;
  hasZone = zone;
  momentLength = time === 0 ? 10 : 16 + (seconds ? 3 : 0) + (zone ? 1 : 0);
  for (let i: u32 = 0; i < count; i++) columnAt(i).kind = SKIPPED;
  memory.fill(marks, 0, 16);
  mark(delimiting);
  mark(LF);
  mark(CR);
  mark(QUOTE);
}

function mark(byte: u32): void {
  store<u8>(marks + (byte & 15), <u8>byte);
}

export function setColumn(i: u32, kind: u32): void {
  const column = columnAt(i);
  column.kind = kind;
  column.cells = allocate(CAPACITY * 8);
  column.minutes = allocate(CAPACITY * 4);
  column.filled = allocate(CAPACITY / 8);
  if (kind === NUMBER) {
    column.digits = allocate(CAPACITY * 8);
    column.decimals = allocate(CAPACITY);
  }
  if (kind !== CODE) return;
  const dictionary = changetype<Dictionary>(allocate(offsetof<Dictionary>()));
  dictionary.mask = 1023;
  dictionary.slots = allocate(1024 * SLOT);
  dictionary.room = 512;
  dictionary.texts = allocate(512 * ENTRY);
  column.dictionary = dictionary;
}

export function cellsOf(i: u32): usize {
  return columnAt(i).cells;
}
export function filledOf(i: u32): usize {
  return columnAt(i).filled;
}
export function emptyOf(i: u32): u32 {
  return columnAt(i).empty;
}

/** Tells by which columns lines are weighed and share rows: neighbouring purchases of one customer and day do. */
export function weigh(
  customer: u32,
  date: u32,
  quantity: u32,
  price: u32,
  amount: u32,
  decimals: u32,
  decimalsOfPieces: u32,
): void {
  customers = customer;
  dates = date;
  quantities = quantity;
  prices = price;
  amounts = amount;
  worthDecimals = decimals;
  pieceDecimals = decimalsOfPieces;
  for (let i = WEIGHED; i < AFTER; i++) setColumn(i, NUMBER);
}

/** What lines have to have in common besides, minutes among it, if they share a row, and what rows list of them. */
export function visit(order: u32, country: u32, minutes: bool, product: u32, category: u32): void {
  orders = order;
  countries = country;
  hasMinutes = minutes;
  products = product;
  categories = category;
}

/** How many texts the dictionary of a column has. */
export function sizeOf(i: u32): u32 {
  return columnAt(i).dictionary.size;
}
/** Where their addresses and lengths lie (u32), by code. */
export function textsOf(i: u32): usize {
  return columnAt(i).dictionary.texts;
}

/** Tells that `bytes` bytes of whole lines lie at `input`. */
export function feed(bytes: u32): void {
  position = input;
  limit = input + bytes;
}

/**
 * Reads lines into rows: how many; 0 where all that lies at `input` is read, of which lines may wait for company; ODD where
 * lines are not plain.
 */
export function scan(): i32 {
  if (waiting === 0) {
    for (let i = SHARED; i < AFTER; i++) columnAt(i).empty = 0;
    items = 0;
  }
  while (waiting <= <u32>(CAPACITY - STRETCH) && items <= <u32>(MOST_ITEMS - STRETCH)) {
    const lines = readLines(STRETCH);
    if (lines <= 0) return lines;
    waiting = shareRows(lines, waiting);
  }
  return flush();
}

/** Rows that lines share, not yet told. */
let waiting: u32 = 0;

/** Tells the rows that wait. */
export function flush(): i32 {
  const rows = waiting;
  waiting = 0;
  return rows;
}

/** Reads so many lines at most into the cells of columns. */
function readLines(most: i32): i32 {
  const lines = findCells(most);
  if (lines < 0) return ODD;
  for (let i: u32 = 0; i < columnCount; i++) {
    const column = columnAt(i);
    column.empty = 0;
    if (column.kind === CODE && !takeCodes(column, i, lines)) return ODD;
    if (column.kind === KEY && !takeKeys(column, i, lines)) return ODD;
    if (column.kind === NUMBER && !takeNumbers(column, i, lines)) return ODD;
    if (column.kind === MOMENT && !takeMoments(column, i, lines)) return ODD;
  }
  return weighLines(lines) ? lines : ODD;
}

/** Lines that are weighed at once; rows are full when no more would fit for certain. */
const STRETCH: i32 = 256;

/** Numbers of the columns of what lines weigh, beside those of the file: exact numbers with fixed decimals (i64). */
const WEIGHED: u32 = MOST_COLUMNS;
const WORTH: u32 = WEIGHED;
const PIECES: u32 = WEIGHED + 1;
/** Those of rows that lines share, which then stand for the columns of the file and of their weight. */
export const SHARED: u32 = WEIGHED + 2;
const CUSTOMER: u32 = SHARED;
const DAY: u32 = SHARED + 1;
const QUANTITY: u32 = SHARED + 2;
const PRICE: u32 = SHARED + 3;
const AMOUNT: u32 = SHARED + 4;
const WORTH_OF_ROW: u32 = SHARED + 5;
const PIECES_OF_ROW: u32 = SHARED + 6;
/** How many lines share it (f64, which the engine adds sooner). */
const LINES: u32 = SHARED + 7;
/** The greatest worth among them. */
const LARGEST_LINE: u32 = SHARED + 8;
const MINUTE: u32 = SHARED + 9;
const ORDER: u32 = SHARED + 10;
const COUNTRY: u32 = SHARED + 11;
const AFTER: u32 = SHARED + 12;

/** Items in the lists of rows, at most. */
const MOST_ITEMS: i32 = 16384;
/** Where the list of each row begins and how long it is (u64 each). */
export const lists: usize = memory.data(CAPACITY * 16, 16);
/** Items of all lists, one after the other: codes (i32), and a bit each, 0 where it is none. */
export const productItems: usize = memory.data(MOST_ITEMS * 4, 16);
export const categoryItems: usize = memory.data(MOST_ITEMS * 4, 16);
export const filledProducts: usize = memory.data(MOST_ITEMS / 8, 16);
export const filledCategories: usize = memory.data(MOST_ITEMS / 8, 16);
let items: u32 = 0;
export function itemCount(): u32 {
  return items;
}

@inline
function addItem(from: u32, line: u32, cells: usize, filled: usize): void {
  if (from === NONE) return;
  store<i32>(cells + (items << 2), load<i32>(columnAt(from).cells + (line << 2)));
  const byte = filled + (items >> 3);
  const bit = <u8>1 << <u8>(items & 7);
  store<u8>(byte, isFilled(columnAt(from), line) ? load<u8>(byte) | bit : load<u8>(byte) & ~bit);
}

/** Sums of 2,048 of them have less than 18 digits. */
const HEAVIEST: i64 = 100_000_000_000_000;

/** Below 2^31, of either sign. */
@inline
function isSmall(digits: i64): bool {
  return (<u64>(digits + 0x80000000) & 0xffffffff00000000) === 0;
}

@inline
function isFilled(column: Column, row: u32): bool {
  return column.empty === 0 || (load<u8>(column.filled + (row >> 3)) & (1 << (row & 7))) !== 0;
}

/** Digits with so many decimals; false if they have more, or are too many. */
@inline
function fitDecimals(cell: usize, digits: i64, decimals: u32, wanted: u32): bool {
  if (decimals !== wanted) {
    while (decimals > wanted && digits % 10 === 0) {
      digits /= 10;
      decimals--;
    }
    if (decimals > wanted) return false;
    for (; decimals < wanted && isLight(digits); decimals++) digits *= 10;
  }
  store<i64>(cell, digits);
  return isLight(digits);
}

@inline
function isLight(digits: i64): bool {
  return <u64>(digits + HEAVIEST) <= <u64>(2 * HEAVIEST);
}

/** What each line is worth, quantity × price or the amount, and its pieces; false where they do not fit. */
function weighLines(lines: u32): bool {
  const worth = columnAt(WORTH);
  const pieces = columnAt(PIECES);
  worth.empty = 0;
  pieces.empty = 0;
  if (quantities !== NONE && !fitColumn(pieces, columnAt(quantities), lines, pieceDecimals)) return false;
  if (amounts !== NONE) return fitColumn(worth, columnAt(amounts), lines, worthDecimals);
  const counted = columnAt(quantities);
  const priced = columnAt(prices);
  const complete = counted.empty + priced.empty === 0;
  for (let line: u32 = 0; line < lines; line++) {
    const cell = line << 3;
    if (!complete && !(isFilled(counted, line) && isFilled(priced, line))) {
      setEmpty(worth, line);
      continue;
    }
    const a = load<i64>(counted.digits + cell);
    const b = load<i64>(priced.digits + cell);
    const decimals = <u32>load<u8>(counted.decimals + line) + load<u8>(priced.decimals + line);
    if (!isSmall(a) || !isSmall(b)) return false; // or the product could be too long
    if (!fitDecimals(worth.cells + cell, a * b, decimals, worthDecimals)) return false;
  }
  return true;
}

/** The numbers of a column with so many decimals; false where one has more. */
function fitColumn(into: Column, from: Column, lines: u32, wanted: u32): bool {
  for (let line: u32 = 0; line < lines; line++) {
    const cell = line << 3;
    if (!isFilled(from, line)) setEmpty(into, line);
    else if (!fitDecimals(into.cells + cell, load<i64>(from.digits + cell), <u32>load<u8>(from.decimals + line), wanted))
      return false;
  }
  return true;
}

/** Appends lines to rows, neighbouring purchases that may share one to one: how many rows there are then. */
function shareRows(lines: u32, rows: u32): u32 {
  const lineCodes = columnAt(customers).cells;
  const lineDays = columnAt(dates).cells;
  const lineMinutes = columnAt(dates).minutes;
  const lineWorth = columnAt(WORTH).cells;
  const linePieces = columnAt(PIECES).cells;
  const lineQuantities = quantities === NONE ? lineWorth : columnAt(quantities).digits;
  const linePrices = prices === NONE ? lineWorth : columnAt(prices).digits;
  const lineOrders: usize = orders === NONE ? <usize>0 : columnAt(orders).cells;
  const lineCountries: usize = countries === NONE ? <usize>0 : columnAt(countries).cells;
  const hasItems = products !== NONE || categories !== NONE;
  const complete = emptyIn(customers) + emptyIn(dates) + emptyIn(WORTH) + emptyIn(PIECES) + emptyIn(prices) === 0;
  // of the row that was begun last, if others may share it
  let canShare = false;
  let worth: i64 = 0;
  let piece: i64 = 0;
  let largest: i64 = 0;
  let count: i32 = 0;
  for (let line: u32 = 0; line < lines; line++) {
    const cell = line << 2;
    const wide = line << 3;
    const own = load<i64>(lineWorth + wide);
    // a purchase beyond doubt: whatever is asked of such a line, it stays
    const fits = complete && own > 0 && load<i64>(lineQuantities + wide) > 0 && load<i64>(linePrices + wide) > 0;
    if (
      fits &&
      canShare &&
      isRepeated(lineCodes, cell) &&
      isRepeated(lineDays, cell) &&
      (!hasMinutes || isRepeated(lineMinutes, cell)) &&
      (countries === NONE || isRepeated(lineCountries, cell)) &&
      (orders === NONE || load<u64>(lineOrders + wide) === load<u64>(lineOrders + wide - 8))
    ) {
      worth += own;
      piece += load<i64>(linePieces + wide);
      largest = max(largest, own);
      count++;
    } else {
      if (line > 0) endRow(rows - 1, worth, piece, largest, count);
      worth = own;
      piece = load<i64>(linePieces + wide);
      largest = own;
      count = 1;
      canShare = fits;
      beginRow(rows++, line);
    }
    if (!hasItems) continue;
    addItem(products, line, productItems, filledProducts);
    addItem(categories, line, categoryItems, filledCategories);
    items++;
  }
  endRow(rows - 1, worth, piece, largest, count);
  return rows;
}

@inline
function isRepeated(cells: usize, cell: u32): bool {
  return load<i32>(cells + cell) === load<i32>(cells + cell - 4);
}

@inline
function beginRow(row: u32, line: u32): void {
  copyNarrow(customers, line, CUSTOMER, row);
  copyNarrow(dates, line, DAY, row);
  copyNarrow(countries, line, COUNTRY, row);
  copyNumber(quantities, line, QUANTITY, row);
  copyNumber(prices, line, PRICE, row);
  copyNumber(amounts, line, AMOUNT, row);
  copyWide(orders, line, ORDER, row);
  if (hasMinutes) {
    const date = columnAt(dates);
    store<i32>(columnAt(MINUTE).cells + (row << 2), load<i32>(date.minutes + (line << 2)));
    if (!isFilled(date, line)) setEmpty(columnAt(MINUTE), row);
  }
  if (!isFilled(columnAt(PIECES), line)) setEmpty(columnAt(PIECES_OF_ROW), row);
  if (!isFilled(columnAt(WORTH), line)) {
    setEmpty(columnAt(WORTH_OF_ROW), row);
    setEmpty(columnAt(LARGEST_LINE), row);
  }
  store<u64>(lists + (row << 4), items);
}

@inline
function endRow(row: u32, worth: i64, pieces: i64, largest: i64, count: i32): void {
  store<i64>(columnAt(WORTH_OF_ROW).cells + (row << 3), worth);
  store<i64>(columnAt(PIECES_OF_ROW).cells + (row << 3), pieces);
  store<i64>(columnAt(LARGEST_LINE).cells + (row << 3), largest);
  store<f64>(columnAt(LINES).cells + (row << 3), <f64>count);
  store<u64>(lists + (row << 4), <u64>count, 8);
}

@inline
function copyNarrow(from: u32, line: u32, into: u32, row: u32): void {
  if (from === NONE) return;
  store<i32>(columnAt(into).cells + (row << 2), load<i32>(columnAt(from).cells + (line << 2)));
  if (!isFilled(columnAt(from), line)) setEmpty(columnAt(into), row);
}

@inline
function copyWide(from: u32, line: u32, into: u32, row: u32): void {
  if (from === NONE) return;
  store<u64>(columnAt(into).cells + (row << 3), load<u64>(columnAt(from).cells + (line << 3)));
  if (!isFilled(columnAt(from), line)) setEmpty(columnAt(into), row);
}

/** Digits below 10^16 over a power of ten that is a double: the quotient is the nearest double (Clinger 1990). */
@inline
function copyNumber(from: u32, line: u32, into: u32, row: u32): void {
  if (from === NONE) return;
  const column = columnAt(from);
  const tens = load<f64>(powersOfTen + (<usize>load<u8>(column.decimals + line) << 3));
  store<f64>(columnAt(into).cells + (row << 3), <f64>load<i64>(column.digits + (line << 3)) / tens);
  if (!isFilled(column, line)) setEmpty(columnAt(into), row);
}

@inline
function emptyIn(i: u32): u32 {
  return i === NONE ? 0 : columnAt(i).empty;
}

/** Fills `stops` from whole lines, cell after cell. Marks of 64 bytes are found at once, so that none waits for the one before. */
function findCells(most: i32): i32 {
  const last = columnCount - 1;
  const ending: u32 = crlf ? CR : LF;
  let base = position;
  let bits = marksAt(base);
  let at = position; // of the line
  let stop = stops;
  let row = 0;
  for (; row < most && at < limit; row++) {
    store<u32>(stop, <u32>at);
    stop += 4;
    for (let i: u32 = 0; i <= last; i++) {
      while (bits === 0) bits = marksAt((base += 64));
      const end = base + <usize>ctz(bits);
      bits &= bits - 1;
      if (<u32>load<u8>(end) !== (i < last ? delimiter : ending)) return ODD;
      store<u32>(stop, <u32>(end + 1));
      stop += 4;
      at = end + 1;
    }
    if (!crlf) continue;
    while (bits === 0) bits = marksAt((base += 64));
    if (base + <usize>ctz(bits) !== at || load<u8>(at) !== LF) return ODD;
    bits &= bits - 1;
    at++;
  }
  position = at;
  return row;
}

/** A bit for each of 64 bytes that is a delimiter, an end of a line, a quote or NUL. */
@inline
function marksAt(at: usize): u64 {
  return (
    <u64>marksAmong(at) | (<u64>marksAmong(at + 16) << 16) | (<u64>marksAmong(at + 32) << 32) | (<u64>marksAmong(at + 48) << 48)
  );
}

/** Marks are the bytes that stand in `marks` at the place of their lower half. */
@inline
function marksAmong(at: usize): u32 {
  const bytes = v128.load(at);
  return i8x16.bitmask(i8x16.eq(i8x16.swizzle(v128.load(marks), v128.and(bytes, v128.load(lowerHalf))), bytes));
}

/** Where the cell of the first row begins in `stops`; the next word tells where the cell after it does. */
@inline
function firstCell(i: u32): usize {
  return stops + (i << 2);
}

/** Reads numbers; false if one is not plain. */
function takeNumbers(column: Column, i: u32, rows: u32): bool {
  const stride = (columnCount + 1) << 2;
  let cell = firstCell(i);
  for (let row: u32 = 0; row < rows; row++, cell += stride) {
    const at = <usize>load<u32>(cell);
    const stop = <usize>load<u32>(cell, 4) - 1;
    if (at === stop) setEmpty(column, row);
    else if (!takeNumber(column, row, at, stop)) return false;
  }
  return true;
}

/** Reads moments, of which many are that of the row before; false if one is not plain. */
function takeMoments(column: Column, i: u32, rows: u32): bool {
  const stride = (columnCount + 1) << 2;
  let cell = firstCell(i);
  let before: usize = 0;
  for (let row: u32 = 0; row < rows; row++, cell += stride) {
    const at = <usize>load<u32>(cell);
    const stop = <usize>load<u32>(cell, 4) - 1;
    if (at === stop) {
      setEmpty(column, row);
      before = 0;
      continue;
    }
    if (<u32>(stop - at) !== momentLength) return false;
    const day = column.cells + (row << 2);
    const minute = column.minutes + (row << 2);
    if (before !== 0 && isSameMoment(before, at)) {
      store<i32>(day, load<i32>(day - 4));
      store<i32>(minute, load<i32>(minute - 4));
      continue;
    }
    if (!takeMoment(day, minute, at)) return false;
    before = at;
  }
  return true;
}

@inline
function isSameMoment(a: usize, b: usize): bool {
  const rest = momentLength - 8;
  if (load<u64>(a) !== load<u64>(b) || load<u64>(a + rest) !== load<u64>(b + rest)) return false;
  return momentLength <= 16 || load<u64>(a, 8) === load<u64>(b, 8);
}

function setEmpty(column: Column, row: u32): void {
  if (column.empty++ === 0) memory.fill(column.filled, 0xff, CAPACITY / 8);
  const byte = column.filled + (row >> 3);
  store<u8>(byte, load<u8>(byte) & ~(<u8>1 << <u8>(row & 7)));
}

/**
 * Codes of texts. Most lines repeat the text before; of those that do not the slots are first loaded all together, as each
 * comes from far away.
 */
function takeCodes(column: Column, i: u32, rows: u32): bool {
  const stride = (columnCount + 1) << 2;
  const first = firstCell(i);
  let cell = first;
  let before: u64 = 0;
  let changes: u32 = 0;
  for (let row: u32 = 0; row < rows; row++, cell += stride) {
    const at = <usize>load<u32>(cell);
    const length = load<u32>(cell, 4) - 1 - <u32>at;
    const word = wordAt(at, length);
    store<u32>(pending + (changes << 2), row);
    const isShort = length - 1 < 8; // such a word is the whole text, and tells its length: there is no NUL in it
    changes += <u32>(word !== before || !isShort);
    before = isShort ? word : 0;
  }
  const dictionary = column.dictionary;
  for (let k: u32 = 0; k < changes; k++) {
    cell = first + <usize>load<u32>(pending + (k << 2)) * stride;
    const at = <usize>load<u32>(cell);
    const length = load<u32>(cell, 4) - 1 - <u32>at;
    store<u64>(hashes + (k << 3), hashOf(wordAt(at, length), at, length));
  }
  const slots = dictionary.slots;
  const mask = dictionary.mask;
  let loaded: u32 = 0;
  for (let k: u32 = 0; k < changes; k++) loaded ^= load<u32>(slots + <usize>(load<u32>(hashes + (k << 3)) & mask) * SLOT);
  touched ^= loaded;
  let code: i32 = 0;
  let row: u32 = 0;
  for (let k: u32 = 0; k < changes; k++) {
    const changed = load<u32>(pending + (k << 2));
    for (; row < changed; row++) store<i32>(column.cells + (row << 2), code);
    cell = first + <usize>changed * stride;
    const at = <usize>load<u32>(cell);
    const stop = <usize>load<u32>(cell, 4) - 1;
    if (at === stop) {
      setEmpty(column, changed);
      code = NO_CODE;
      continue;
    }
    code = hasBlanks(at, stop) ? -1 : codeOf(dictionary, load<u64>(hashes + (k << 3)), at, <u32>(stop - at));
    if (code < 0) return false;
  }
  for (; row < rows; row++) store<i32>(column.cells + (row << 2), code);
  return true;
}

const HASHED: u64 = 1 << 63;

/** Keys of texts: up to 8 bytes as they are, but for those of 8 that end beyond ASCII; else a hash of 63 bits. */
function takeKeys(column: Column, i: u32, rows: u32): bool {
  const stride = (columnCount + 1) << 2;
  let cell = firstCell(i);
  for (let row: u32 = 0; row < rows; row++, cell += stride) {
    const at = <usize>load<u32>(cell);
    const stop = <usize>load<u32>(cell, 4) - 1;
    const length = <u32>(stop - at);
    if (length === 0) {
      setEmpty(column, row);
      store<u64>(column.cells + (row << 3), 0);
      continue;
    }
    if (hasBlanks(at, stop)) return false;
    const word = wordAt(at, length);
    const isWhole = length <= 8 && (word & HASHED) === 0;
    store<u64>(column.cells + (row << 3), isWhole ? word : hashOf(word, at, length) | HASHED);
  }
  return true;
}

/** Whether a text begins or ends in what a trim might take away. */
@inline
function hasBlanks(at: usize, stop: usize): bool {
  const first = <u32>load<u8>(at);
  const final = <u32>load<u8>(stop - 1);
  if (first <= BLANK || final <= BLANK) return true;
  return (first | final) >= 0x80 && hasWideBlanks(at, stop);
}

/** U+00A0, and all that begin as U+1680, U+2000 and U+3000 do. */
function hasWideBlanks(at: usize, stop: usize): bool {
  const first = <u32>load<u8>(at);
  if (first === 0xc2 || (first >= 0xe1 && first <= 0xe3) || first === 0xef) return true;
  const length = stop - at;
  if (length >= 2 && load<u8>(stop - 2) === 0xc2) return true;
  const third: u32 = length >= 3 ? <u32>load<u8>(stop - 3) : 0;
  return (third >= 0xe1 && third <= 0xe3) || third === 0xef;
}

/** Up to 8 bytes, the rest 0. */
@inline
function wordAt(at: usize, length: u32): u64 {
  const word = load<u64>(at);
  return length >= 8 ? word : word & ((<u64>1 << (length << 3)) - 1);
}

@inline
function mixed(hash: u64): u64 {
  const product = hash * 0x9e3779b97f4a7c15;
  return product ^ (product >> 32);
}

/** @param first the first 8 bytes, as `wordAt` has them */
@inline
function hashOf(first: u64, at: usize, length: u32): u64 {
  let hash = mixed(first ^ (<u64>length << 56));
  for (let i: u32 = 8; i < length; i += 8) hash = mixed(hash ^ wordAt(at + i, length - i));
  return hash;
}

/** -1 if there is no memory for a new one. */
function codeOf(dictionary: Dictionary, hash: u64, at: usize, length: u32): i32 {
  const first = wordAt(at, length);
  // the last bit tells texts that are all in their first word from those that begin so
  const mark = (<u32>(hash >> 32) & ~1) | <u32>(length <= 8);
  const mask = dictionary.mask;
  let place = <u32>hash & mask;
  while (true) {
    const slot = dictionary.slots + <usize>place * SLOT;
    const taken = load<u32>(slot);
    if (taken === 0) return insert(dictionary, slot, mark, first, at, length);
    if (
      load<u64>(slot, 8) === first &&
      load<u32>(slot, 4) === mark &&
      (length <= 8 || isText(dictionary, taken - 1, at, length))
    ) {
      return taken - 1;
    }
    place = (place + 1) & mask;
  }
}

function isText(dictionary: Dictionary, code: u32, at: usize, length: u32): bool {
  const entry = dictionary.texts + <usize>code * ENTRY;
  return load<u32>(entry, 4) === length && memory.compare(load<u32>(entry), at, length) === 0;
}

function insert(dictionary: Dictionary, slot: usize, mark: u32, first: u64, at: usize, length: u32): i32 {
  const code = dictionary.size;
  if (code === dictionary.room) {
    const texts = allocate(<usize>code * 2 * ENTRY);
    if (texts === 0) return -1;
    memory.copy(texts, dictionary.texts, <usize>code * ENTRY);
    dictionary.texts = texts;
    dictionary.room = code * 2;
  }
  if (dictionary.heap + length > dictionary.heapEnd) {
    const bytes = max<usize>(HEAP, length);
    dictionary.heap = allocate(bytes);
    if (dictionary.heap === 0) return -1;
    dictionary.heapEnd = dictionary.heap + bytes;
  }
  const entry = dictionary.texts + <usize>code * ENTRY;
  store<u32>(entry, <u32>dictionary.heap);
  store<u32>(entry, length, 4);
  memory.copy(dictionary.heap, at, length);
  dictionary.heap += length;
  store<u32>(slot, code + 1);
  store<u32>(slot, mark, 4);
  store<u64>(slot, first, 8);
  dictionary.size = code + 1;
  return dictionary.size * 2 > dictionary.mask && !widen(dictionary) ? -1 : code;
}

/** Doubles the slots. */
function widen(dictionary: Dictionary): bool {
  const old = dictionary.slots;
  const oldCount = <usize>dictionary.mask + 1;
  const mask = <u32>(oldCount * 2 - 1);
  const slots = allocate(oldCount * 2 * SLOT);
  if (slots === 0) return false;
  for (let i: usize = 0; i < oldCount; i++) {
    const from = old + i * SLOT;
    const taken = load<u32>(from);
    if (taken === 0) continue;
    const entry = dictionary.texts + <usize>(taken - 1) * ENTRY;
    const length = load<u32>(entry, 4);
    const at = <usize>load<u32>(entry);
    let place = <u32>hashOf(load<u64>(from, 8), at, length) & mask;
    while (load<u32>(slots + <usize>place * SLOT) !== 0) place = (place + 1) & mask;
    memory.copy(slots + <usize>place * SLOT, from, SLOT);
  }
  dictionary.slots = slots;
  dictionary.mask = mask;
  return true;
}

/** Reads an amount as its digits, below 10^16, and how many of them are decimals; false if it is not plain. */
@inline
function takeNumber(column: Column, row: u32, from: usize, stop: usize): bool {
  let digit = <u32>load<u8>(from) - ZERO;
  if (stop - from === 1 && digit <= 9) {
    // most quantities
    store<i64>(column.digits + (row << 3), <i64>digit);
    store<u8>(column.decimals + row, 0);
    return true;
  }
  if (<u32>(stop - from) > LONGEST_NUMBER) return false;
  const negative = <u32>load<u8>(from) === MINUS;
  let at = negative ? from + 1 : from;
  let digits: u64 = 0;
  const start = at;
  while (at < stop && (digit = <u32>load<u8>(at) - ZERO) <= 9) {
    digits = digits * 10 + digit;
    at++;
  }
  if (at === start) return false;
  let decimals: u32 = 0;
  if (at < stop) {
    if (<u32>load<u8>(at++) !== POINT || at === stop) return false;
    decimals = <u32>(stop - at);
    for (; at < stop; at++) {
      digit = <u32>load<u8>(at) - ZERO;
      if (digit > 9) return false;
      digits = digits * 10 + digit;
    }
  }
  if (digits > 9007199254740992) return false;
  store<i64>(column.digits + (row << 3), negative ? -(<i64>digits) : <i64>digits);
  store<u8>(column.decimals + row, <u8>decimals);
  return digits <= LARGEST || decimals > 0;
}

@inline
function twoDigits(at: usize): u32 {
  const tens = <u32>load<u8>(at) - ZERO;
  const ones = <u32>load<u8>(at, 1) - ZERO;
  return tens > 9 || ones > 9 ? 255 : tens * 10 + ones;
}

@inline
function takeMoment(days: usize, minutes: usize, at: usize): bool {
  const century = twoDigits(at);
  const inCentury = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (century > 99 || inCentury > 99 || <u32>load<u8>(at, 4) !== MINUS || <u32>load<u8>(at, 7) !== MINUS) return false;
  const year = century * 100 + inCentury;
  const isLeap = (year & 3) === 0 && (inCentury !== 0 || (century & 3) === 0);
  if (year === 0 || month === 0 || month > 12 || day === 0) return false;
  const before = load<i32>(daysBefore + (month << 2));
  const length = load<i32>(daysBefore + (month << 2), 4) - before + (isLeap && month === 2 ? 1 : 0);
  if (<i32>day > length) return false;
  const past = year - 1; // whole years since 0001-01-01, which is day -719162
  const number = <i32>(past * 365 + past / 4 - past / 100 + past / 400) - 719162;
  store<i32>(days, number + before + (isLeap && month > 2 ? 1 : 0) + <i32>day - 1);
  if (separator === 0) return true;
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  store<i32>(minutes, hour * 60 + minute);
  if (<u32>load<u8>(at, 10) !== separator || <u32>load<u8>(at, 13) !== COLON || hour > 23 || minute > 59) return false;
  if (hasSeconds && (<u32>load<u8>(at, 16) !== COLON || twoDigits(at + 17) > 59)) return false;
  return !hasZone || <u32>load<u8>(at + momentLength - 1) === ZULU;
}
