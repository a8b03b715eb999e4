// The browser's side of cm.explore: shows what Python draws, or has drawn before, and what was clicked, switched or moved.
const ROOM = 42; // px of the longest bar in a node
const KNOWN = "#DDDDDD", BAR = "#4477AA", PALE = "#A9BFD6";
const SPACE = "http://www.w3.org/2000/svg";

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function panel(model, trait, name, live = "polite") {
  const box = element("div", { class: `cidmesa-${trait}`, "aria-label": name, role: "region", "aria-live": live });
  const fill = () => { box.innerHTML = model.get(trait); };
  model.on(`change:${trait}`, fill);
  fill();
  return box;
}

function save(model, trait, value) {
  model.set(trait, value);
  model.set("turn", model.get("turn") + 1);
  model.save_changes();
}

// --- evidence ---

function toggle(model, node, state) {
  const { [node]: before, ...others } = model.get("evidence");
  save(model, "evidence", before === state ? others : { ...others, [node]: state });
}

function states(model, box) {
  const rows = (model.get("posteriors") || {})[box.dataset.node];
  const focused = box.contains(document.activeElement) && document.activeElement.firstChild.textContent;
  box.replaceChildren();
  for (const [name, value, start, end, pale] of rows || []) {
    if (start === null) { box.append(element("div", { class: "cidmesa-mean" }, `${name} ${value}`)); continue; }
    const pressed = model.get("evidence")[box.dataset.node] === name;
    const bar = element("span", { class: "cidmesa-bar" }, element("i", {
      style: `left: ${100 * Math.min(start, end)}%; width: ${100 * Math.abs(end - start)}%; background: ${pale ? PALE : BAR}`,
    }));
    const button = element("button", { type: "button", class: "cidmesa-state", "aria-pressed": pressed },
      element("span", {}, name), bar, element("span", {}, value));
    button.onclick = () => toggle(model, box.dataset.node, name);
    box.append(button);
    if (focused === name) button.focus();
  }
}

function evidence(model) {
  const box = element("div", { class: "cidmesa-evidence", role: "status" });
  const fill = () => {
    const set = Object.entries(model.get("evidence"));
    box.textContent = model.get("refused") || set.map(([node, state]) => `${node} = ${state}`).join(", ");
    if (!set.length) return;
    const clear = element("button", { type: "button" }, "forget");
    clear.onclick = () => save(model, "evidence", {});
    box.append(" ", clear);
  };
  for (const trait of ["evidence", "refused"]) model.on(`change:${trait}`, fill);
  fill();
  return box;
}

// --- the figure ---

function parts(box, letter) {
  return [...box.querySelectorAll("g[id]")].filter((group) => new RegExp(`-p0-${letter}\\d+$`).test(group.id));
}

function rowsOf(group) {
  return [...group.querySelectorAll('rect[height="8"]')].map((bar) => ({
    bar, name: bar.previousElementSibling, zero: bar.nextElementSibling, value: bar.nextElementSibling.nextElementSibling,
  }));
}

function clickable(model, group, name) {
  const frame = group.querySelector("rect, polygon, ellipse");
  const left = Number(frame.getAttribute("x")), wide = Number(frame.getAttribute("width"));
  rowsOf(group).forEach((row, i) => {
    const y = Number(row.name.getAttribute("y")) - 10;
    const over = document.createElementNS(SPACE, "rect");
    for (const [key, value] of Object.entries({ x: left, y, width: wide, height: 14, fill: "transparent" })) over.setAttribute(key, value);
    over.classList.add("cidmesa-row");
    over.onclick = (event) => {
      event.stopPropagation();
      toggle(model, name, ((model.get("posteriors") || {})[name] || [])[i]?.[0]);
    };
    group.append(over);
  });
}

function shift(model, group, name) {
  const now = (model.get("posteriors") || {})[name], before = (model.get("prior") || {})[name];
  const frame = group.querySelector("rect, polygon, ellipse");
  frame.dataset.fill ??= frame.getAttribute("fill");
  frame.setAttribute("fill", name in model.get("evidence") ? KNOWN : frame.dataset.fill);
  if (!now || !before) return;
  const rows = rowsOf(group);
  const rooms = rows.map((row, i) => { // numbers that became longer leave less of it
    row.bar.dataset.left ??= Number(row.zero.getAttribute("d").match(/M([\d.-]+)/)[1]) - ROOM * before[i][2];
    row.value.textContent = now[i][1];
    return Number(row.value.getAttribute("x")) - row.value.getComputedTextLength() - 3 - Number(row.bar.dataset.left);
  });
  const room = Math.max(8, Math.min(ROOM, ...rooms));
  rows.forEach((row, i) => {
    const [, , start, end, pale] = now[i];
    const left = Number(row.bar.dataset.left), line = row.zero.getAttribute("d").match(/,([\d.-]+)/g);
    row.bar.setAttribute("x", left + room * Math.min(start, end));
    row.bar.setAttribute("width", room * Math.abs(end - start));
    row.bar.setAttribute("fill", pale ? PALE : BAR);
    row.zero.setAttribute("d", `M${left + room * start}${line[0]} ${left + room * start}${line[1]}`);
  });
  if (now[0][2] === null && group.querySelectorAll("text").length > 2) group.querySelector("text:last-of-type").textContent = now[0][1];
}

function light(model, box) {
  const path = model.get("witness"), names = model.get("names");
  const steps = new Set(path.slice(1).flatMap((name, i) => [JSON.stringify([path[i], name]), JSON.stringify([name, path[i]])]));
  parts(box, "l").forEach((group, i) => group.classList.toggle("cidmesa-lit", steps.has(JSON.stringify(model.get("links")[i]))));
  parts(box, "n").forEach((group, i) => group.classList.toggle("cidmesa-lit", path.includes(names[i])));
}

function figure(model) {
  const box = panel(model, "figure", "diagram", "off");
  const nodes = () => parts(box, "n");
  const choose = () => nodes().forEach((group, i) => group.classList.toggle("cidmesa-chosen", model.get("names")[i] === model.get("node")));
  const prepare = () => {
    nodes().forEach((group, i) => {
      const name = model.get("names")[i];
      group.classList.add("cidmesa-node");
      group.setAttribute("tabindex", "0");
      group.setAttribute("role", "button");
      group.setAttribute("aria-label", name);
      group.onclick = () => save(model, "node", name);
      group.onkeydown = (event) => keys(model, event, name, nodes());
      clickable(model, group, name);
      shift(model, group, name);
    });
    light(model, box);
    choose();
  };
  model.on("change:figure", prepare);
  model.on("change:node", choose);
  model.on("change:witness", () => light(model, box));
  for (const trait of ["posteriors", "evidence"]) {
    model.on(`change:${trait}`, () => nodes().forEach((group, i) => shift(model, group, model.get("names")[i])));
  }
  prepare();
  return box;
}

function keys(model, event, name, nodes) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (event.key in steps) nodes[(nodes.indexOf(event.currentTarget) + steps[event.key] + nodes.length) % nodes.length].focus();
  else if (event.key === "Enter" || event.key === " ") save(model, "node", name);
  else return;
  event.preventDefault();
}

// --- what stands beside it ---

function details(model) {
  const box = panel(model, "details", "chosen node");
  const told = element("div", { class: "cidmesa-told", role: "status" });
  const rows = () => box.querySelectorAll(".cidmesa-rows").forEach((one) => states(model, one));
  const prepare = () => {
    rows();
    told.replaceChildren();
    box.querySelectorAll(".cidmesa-verdict").forEach((button) => {
      button.onclick = () => {
        const { witness, concept, theorem } = button.dataset;
        const reason = button.closest("tr").lastElementChild.textContent;
        save(model, "witness", JSON.parse(witness));
        told.innerHTML = model.get("definitions")[concept];
        told.append(element("p", {}, `${button.textContent}: ${reason}`), element("p", { class: "cidmesa-theorem" }, theorem));
      };
    });
  };
  model.on("change:details", prepare);
  for (const trait of ["posteriors", "evidence"]) model.on(`change:${trait}`, rows);
  prepare();
  return element("div", {}, box, told);
}

function switches(model) {
  const box = element("div", { class: "cidmesa-switches", role: "group", "aria-label": "incentives to mark" });
  for (const [concept, name] of Object.entries(model.get("known"))) {
    const tick = element("input", { type: "checkbox" });
    tick.checked = model.get("concepts").includes(concept);
    tick.onchange = () => {
      const others = model.get("concepts").filter((one) => one !== concept);
      save(model, "concepts", tick.checked ? [...others, concept] : others);
    };
    model.on("change:concepts", () => { tick.checked = model.get("concepts").includes(concept); });
    box.append(element("label", {}, tick, ` ${name}`));
  }
  return box;
}

function slider(model, given) {
  const range = element("input", { type: "range", min: 0, max: given.texts.length - 1, step: 1, value: given.place });
  const shown = element("output", {}, given.texts[given.place]);
  range.oninput = () => save(model, "values", { ...model.get("values"), [given.name]: given.texts[Number(range.value)] });
  model.on("change:values", () => { // a page that moves one parameter at a time puts the others back
    const place = given.texts.indexOf(model.get("values")[given.name] ?? given.texts[given.place]);
    range.value = place;
    shown.textContent = given.texts[place];
  });
  const ask = element("button", { type: "button", title: "For which values of this parameter is it deceptive?" }, "when?");
  ask.onclick = () => save(model, "asked", given.name);
  const row = element("div", { class: "cidmesa-slider" }, element("label", { title: given.doc }, `${given.name} `, range), shown);
  if (model.get("certified")) row.append(ask);
  return row;
}

function copying(model) {
  const box = element("div", { class: "cidmesa-copying", role: "group", "aria-label": "copy" }, "copy as ");
  for (const kind of Object.keys(model.get("copies"))) {
    const button = element("button", { type: "button" }, kind);
    button.onclick = async () => {
      await navigator.clipboard.writeText(model.get("copies")[kind]);
      button.textContent = `${kind} ✓`;
    };
    box.append(button);
  }
  return box;
}

function busy(model, el) {
  const show = () => el.setAttribute("aria-busy", model.get("answered") !== model.get("turn"));
  for (const trait of ["turn", "answered"]) model.on(`change:${trait}`, show);
  show();
  return element("span", { class: "cidmesa-busy", "aria-hidden": true }, "working …");
}

function render({ model, el }) {
  el.classList.add("cidmesa-explorer");
  if (model.get("page")) el.dataset.page = model.get("page"); // which hides the page that stands in where there is no kernel
  el.onkeydown = (event) => {
    if (event.key === "Escape") { save(model, "witness", []); save(model, "evidence", {}); }
    // Keys are commands of the notebook around it as well: a letter would delete the cell.
    if (!(event.ctrlKey || event.metaKey || event.altKey)) event.stopPropagation();
  };
  const controls = element("div", { class: "cidmesa-controls" }, switches(model));
  for (const given of model.get("sliders")) controls.append(slider(model, given));
  controls.append(panel(model, "threshold", "exact threshold"), evidence(model), copying(model), busy(model, el));
  const side = element("div", { class: "cidmesa-side" }, details(model), panel(model, "outcome", "what is optimal"));
  el.append(controls, element("div", { class: "cidmesa-body" }, figure(model), side));
}

export default { render };
