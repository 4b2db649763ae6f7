"use strict";
// Search and filters of the index. Nothing is fetched; text enters the page as text alone.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("search"), list = document.getElementById("results");
const count = document.getElementById("count"), more = document.getElementById("more");
const STEP = 50, OPTIONS = 30;
const SAME = { "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "آ": "ا", "أ": "ا", "إ": "ا", "ؤ": "و", "ئ": "ی" };

// one spelling for what is typed in several: letters, digits, half-spaces, vowel signs
const fold = text => text.toLowerCase()
  .replace(/[\u200b-\u200f\u064b-\u0655\u0670ـ]/g, "")
  .replace(/[يىكةۀآأإؤئ]/g, c => SAME[c])
  .replace(/[۰-۹٠-٩]/g, c => c.charCodeAt(0) & 15);
const persian = number => String(number).replace(/[0-9]/g, d => "۰۱۲۳۴۵۶۷۸۹"[d]);

const actors = data.actors.map(([name, type]) => ({ name, type, folded: fold(name) }));
const articles = data.articles.map(([title, published, jalali, snippet, relations, flat], number) => {
  const roles = new Map();
  for (let i = 0; i < flat.length; i += 2) roles.set(flat[i], flat[i + 1]);
  const names = [...roles.keys()].map(id => actors[id].folded).join("\n");
  return { number: number + 1, title, published, jalali, snippet, relations, roles,
           text: `${fold(title)}\n${fold(snippet)}\n${names}` };
}).sort((a, b) => a.published < b.published ? 1 : a.published > b.published ? -1 : a.number - b.number);

const isPlace = actor => actor.type === "LOC";

// the ids of the actors whose name holds what is typed; null where nothing is
function matching(typed, places) {
  const wanted = fold(typed).trim();
  if (!wanted) return null;
  const ids = new Set();
  actors.forEach((actor, id) => { if (isPlace(actor) === places && actor.folded.includes(wanted)) ids.add(id); });
  return ids;
}

// whether one of these actors stands in the article, in that relation if one is asked for
const has = (article, ids, bit) => {
  for (const [id, roles] of article.roles) if (ids.has(id) && (!bit || roles & bit)) return true;
  return false;
};

// years before 1700 are Jalali; a bound of a year or a month holds the whole of it
function within(article, from, to) {
  const day = bound => Number(bound.slice(0, 4)) < 1700 ? article.jalali : article.published;
  if (from && !(day(from) && day(from) >= from)) return false;
  return !to || Boolean(day(to) && day(to).slice(0, to.length) <= to);
}

const date = text => {
  const parts = fold(text).match(/\d+/g) || [];
  return parts.map((part, n) => part.padStart(n ? 2 : 4, "0")).slice(0, 3).join("-");
};

function find() {
  const asked = Object.fromEntries(new FormData(form));
  const words = fold(asked.words).split(/\s+/).filter(Boolean);
  const who = matching(asked.actor, false), where = matching(asked.place, true);
  const bit = Number(asked.relation), from = date(asked.from), to = date(asked.to);
  return articles.filter(article =>
    words.every(word => article.text.includes(word))
    && (!who || has(article, who, bit)) && (!where || has(article, where, who ? 0 : bit))
    && (who || where || !bit || article.relations & bit)
    && within(article, from, to));
}

function element(name, text, attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  if (text) made.append(text);
  return made;
}

function item(article) {
  const link = element("a", "", { href: `articles/${article.number}.html` });
  link.append(element("bdi", article.title));
  const line = element("li");
  line.append(link);
  if (article.jalali) line.append(" ", element("small", `${article.jalali.split("-").map(n => persian(Number(n))).join("/")} (${article.published})`));
  line.append(element("p", article.snippet));
  return line;
}

let found = [], shown = 0;
function showMore() {
  list.append(...found.slice(shown, shown + STEP).map(item));
  shown += STEP;
  more.hidden = shown >= found.length;
}

function search() {
  found = find();
  shown = 0;
  list.replaceChildren();
  count.textContent = `${persian(found.length)} خبر از ${persian(articles.length)}`;
  showMore();
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `#${asked}`);
}

function suggest(input, places) {
  const ids = matching(input.value, places);
  const names = ids ? [...ids].slice(0, OPTIONS) : [];
  input.list.replaceChildren(...names.map(id => element("option", "", { value: actors[id].name })));
}

// the address holds the question, so that one can go back to it and pass it on
for (const [name, value] of new URLSearchParams(location.hash.slice(1)))
  if (form.elements[name]) form.elements[name].value = value;
let timer;
form.addEventListener("input", event => {
  if (event.target.list) suggest(event.target, event.target.name === "place");
  clearTimeout(timer);
  timer = setTimeout(search, 120);
});
form.addEventListener("submit", event => { event.preventDefault(); search(); });
form.addEventListener("reset", () => setTimeout(search));
more.addEventListener("click", () => {
  const next = list.children.length;
  showMore();
  list.children[next]?.querySelector("a").focus();
});
search();
