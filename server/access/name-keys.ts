/** What names are found and sorted by, whatever script they are written in. SQLite knows the case of ASCII alone. */

/** Letters that are not a letter with a mark to Unicode, though they are to whoever types without them. */
const PLAIN: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
};

/** Without case, width and accents: `Ｍüller`, `MULLER` and `müller` are the same. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[łøđðþßæœı]/g, (letter) => PLAIN[letter] ?? letter);
}

/** The words that a search asks for, folded. */
export function searchWords(query: string): string[] {
  return foldText(query).split(/\s+/).filter(Boolean);
}

const FIRST_HAN = 0x4e00;
const LAST_HAN = 0x9fff;
let pinyinRanks: ReadonlyMap<string, string> | undefined;

/** Each Chinese character → one of the same block, so that comparing code points compares by pinyin. 60 ms, once. */
function ranks(): ReadonlyMap<string, string> {
  if (pinyinRanks !== undefined) return pinyinRanks;
  const all = Array.from({ length: LAST_HAN - FIRST_HAN + 1 }, (_, index) => String.fromCharCode(FIRST_HAN + index));
  all.sort(new Intl.Collator('zh-CN-u-co-pinyin').compare);
  pinyinRanks = new Map(all.map((character, rank) => [character, String.fromCharCode(FIRST_HAN + rank)]));
  return pinyinRanks;
}

/** For ORDER BY: Latin and other scripts first, then Chinese in the order of pinyin. */
export function sortKeyOf(name: string): string {
  return foldText(name).replace(/[\u4e00-\u9fff]/g, (character) => ranks().get(character) ?? character);
}
