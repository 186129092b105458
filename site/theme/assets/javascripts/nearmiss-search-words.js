/* Words of the search: other ways to say the same, words that no page has, and what these were to be. A module. */

const LISTS = 37; // as many as the build writes
const LONGEST = 40;
const MOST = 3;
const SHORTEST_GUESS = 4; // of fewer letters too many words are alike
const TWO_SLIPS = 7; // letters from which on two of them may be wrong
const SAME = 4; // how much more a phrase counts that means the same than its words here and there on a page,
const RELATED = 2; // and the name of what it belongs to
const UNPARTED = /^(?:zh|ja|th)\b/u; // languages that put no space between words
const ENDINGS = /^(?:e?s|e?n)$/u;

const HAS_DIGIT = /\p{N}/u;
const JOINT = /(?<=\p{L})[^\p{L}\s]+(?=\p{L})/gu;
const SHORT_ID = /^\d{4}[\u2010-\u2015-]([0-9a-z]{5})$/iu;

export const plain = (text) =>
  text.normalize("NFC").toLowerCase().replace(/[\s\u2010-\u2015-]+/gu, " ").trim();

/** A word as the index compares it: small letters and digits, and nothing above, below or between them. */
export const asIndexed = (word) => word.toLowerCase().normalize("NFD").replace(/[^\p{L}\p{N}]/gu, "");

/** What a file of the search holds, which is packed unless the server has unpacked it on the way. */
export const unpacked = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  const isPacked = new Uint8Array(bytes)[0] === 0x1f;
  const read = new Blob([bytes]).stream();
  return new Response(isPacked ? read.pipeThrough(new DecompressionStream("gzip")) : read).text();
};

/** A text whose joined words are parted, and whose ids have no year before them; another code is one word. */
export const inPieces = (text) =>
  text.split(/(\s+)/u)
    .map((word) => (HAS_DIGIT.test(word) ? word.replace(SHORT_ID, "$1") : word.replace(JOINT, " ")))
    .join("");

export const without = (text, phrase) => ` ${text} `.replace(` ${phrase} `, () => " ").trim();

/** The phrase as somebody says it in a text, with an ending perhaps; nothing where they do not. */
const saidAs = (text, phrase) => {
  const around = ` ${text} `;
  for (let at = around.indexOf(` ${phrase}`); at >= 0; at = around.indexOf(` ${phrase}`, at + 1)) {
    const [ending] = around.slice(at + 1 + phrase.length).split(" ");
    if (!ending || ENDINGS.test(ending)) return phrase + ending;
  }
  return "";
};

/** For each word or phrase, as it is compared: the other ways to say it, and how much each counts. */
export const readWays = ({ every, same, towards }) => {
  const ways = new Map();
  const add = (word, other, weight) => {
    const key = plain(word);
    if (key !== plain(other)) ways.set(key, new Map([[other, weight], ...(ways.get(key) || [])]));
  };
  for (const [label, words] of Object.entries(towards)) for (const word of words) add(word, label, RELATED);
  for (const group of same) for (const word of group) for (const other of group) add(word, other, SAME);
  const names = Object.keys(every);
  const words = [...names, ...Object.values(every).flat()];
  for (const word of words) for (const name of names) add(word, name, SAME);
  return { ways, every: new Set(words.map(plain)) };
};

/** The phrases in a text that can be said otherwise; `isEvery` marks one that every lesson is about. */
export const phrasesIn = (text, { ways, every }) => {
  const found = new Map();
  for (const [phrase, others] of ways) {
    const said = saidAs(text, phrase);
    if (said && (said === phrase || !found.has(said))) found.set(said, { said, others, isEvery: every.has(phrase) });
  }
  return [...found.values()];
};

/** Whether a word is another one with an ending: who is offered one of them need not be offered the other. */
const isForm = (one, other) => {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long.startsWith(short) && ENDINGS.test(long.slice(short.length));
};

/* How many letters were left out, put in, taken for others or swapped with the next one; `most` and one where more. */
const slips = (one, other, most) => {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let [before, last] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let at = 1; at <= one.length; at += 1) {
    const now = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const isSame = one[at - 1] === other[to - 1];
      now[to] = Math.min(last[to] + 1, now[to - 1] + 1, last[to - 1] + (isSame ? 0 : 1));
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      if (isSwapped) now[to] = Math.min(now[to], before[to - 2] + 1);
    }
    [before, last] = [last, now];
  }
  return last[other.length];
};

/** The words that pages have, of which the build keeps a list for each first letter. */
export const readSpelling = (bundle) => {
  const lists = new Map();

  const listOf = (letter) => {
    const number = letter.codePointAt(0) % LISTS;
    if (!lists.has(number)) {
      const list = unpacked(new URL(`words/${number}.gz`, bundle)).then((text) =>
        text.split("\n").filter(Boolean).map((line) => ({
          often: Number(line[0]), word: line.slice(1), key: asIndexed(line.slice(1)),
        })));
      lists.set(number, list);
      list.catch(() => lists.delete(number));
    }
    return lists.get(number);
  };

  /** Whether a word on some page begins like this: it may not be typed to its end yet. */
  const begins = async (key) => (await listOf(key)).some((one) => one.key.startsWith(key));

  /** The words of a text with which no word of a page begins: Pagefind passes shorter ones off for these. */
  const unknownIn = async (text, phrases, isThere) => {
    if (UNPARTED.test(document.documentElement.lang)) return [];
    const isInPhrase = (word) => phrases.some(({ said }) => ` ${said} `.includes(` ${plain(word)} `));
    const isUnknown = async (word) => {
      const key = asIndexed(word);
      return key && !isInPhrase(word) && !(await isThere(key)) && !(await begins(key));
    };
    const asked = [...new Set(text.split(/\s+/u))];
    const answers = await Promise.all(asked.map(isUnknown));
    return asked.filter((_, at) => answers[at]);
  };

  /** What a word that no page has may have been meant to be, the likeliest first. */
  const meant = async (key) => {
    if (key.length < SHORTEST_GUESS || key.length > LONGEST || HAS_DIGIT.test(key)) return [];
    const most = key.length < TWO_SLIPS ? 1 : 2;
    const lists = await Promise.all([...new Set(key.slice(0, 2))].map(listOf));
    const isGuess = (one) => one.key.length >= SHORTEST_GUESS && !HAS_DIGIT.test(one.key);
    const known = [...new Set(lists)].flat().filter(isGuess);
    const near = known
      .map((one) => ({ ...one, slips: slips(key, one.key, most) }))
      .filter((one) => one.slips <= most)
      .sort((one, other) => one.slips - other.slips || other.often - one.often);
    const others = near.filter((one, at) => !near.slice(0, at).some((each) => isForm(one.key, each.key)));
    const begun = known
      .filter((one) => one.key.length * 2 >= key.length && one.key.length > SHORTEST_GUESS && key.startsWith(one.key))
      .sort((one, other) => other.key.length - one.key.length);
    return (others.length ? others.slice(0, MOST) : begun.slice(0, 1)).map(({ word }) => word);
  };

  /** The texts that may have been meant by one; none where that cannot be said of each word that no page has. */
  const meantBy = async (text, unknown) => {
    const guesses = await Promise.all(unknown.map((word) => meant(asIndexed(word))));
    if (guesses.some((each) => !each.length)) return [];
    const number = unknown.length > 1 ? 1 : guesses[0].length;
    return Array.from({ length: number }, (_, at) =>
      text.split(/(\s+)/u).map((word) => guesses[unknown.indexOf(word)]?.[at] ?? word).join(""));
  };

  return { unknownIn, meantBy };
};
