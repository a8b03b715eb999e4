"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const [search, source, status, kind, count] = ["search", "source", "status", "kind", "count"].map(byId);
  const articles = [...document.querySelectorAll("article")].map((article) => ({
    article,
    section: article.closest("section"),
    head: [".slug", "h3", "blockquote", ".note", ".tags"]
      .map((part) => article.querySelector(part)?.textContent ?? "").join(" ").toLowerCase(),
    rows: [...article.querySelectorAll("tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() })),
  }));
  const total = articles.reduce((sum, { rows }) => sum + rows.length, 0);

  const fits = (row, text, head, words) =>
    (!status.value || row.dataset.status === status.value || (status.value === "bad" && "bad" in row.dataset)) &&
    (!kind.value || row.dataset.kind === kind.value) &&
    words.every((word) => text.includes(word) || head.includes(word));

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const seen = new Map();
    let shown = 0;
    for (const { article, section, head, rows } of articles) {
      const here = !source.value || section.dataset.source === source.value;
      let some = 0;
      for (const { row, text } of rows) {
        row.hidden = !(here && fits(row, text, head, words));
        some += !row.hidden;
      }
      article.hidden = some === 0;
      shown += some;
      seen.set(section, (seen.get(section) ?? 0) + some);
    }
    for (const [section, some] of seen) section.hidden = some === 0;
    count.textContent = shown === total ? `${total} claims` : `${shown} of ${total} claims`;
  };

  for (const control of [search, source, status, kind]) control.addEventListener("input", filter);
  byId("clear").addEventListener("click", () => {
    for (const control of [search, source, status, kind]) control.value = "";
    filter();
    search.focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && typing === search) { search.value = ""; filter(); }
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
  filter();
})();
