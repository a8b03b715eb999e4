// The browser's side of cm.explore: shows what Python draws, and tells it what was clicked, switched or moved.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function panel(model, trait, name) {
  const box = element("div", { class: `cidmesa-${trait}`, "aria-label": name, role: "region", "aria-live": "polite" });
  const fill = () => { box.innerHTML = model.get(trait); };
  model.on(`change:${trait}`, fill);
  fill();
  return box;
}

function save(model, trait, value) {
  model.set(trait, value);
  model.save_changes();
}

function figure(model) {
  const box = panel(model, "figure", "diagram");
  const prepare = () => {
    for (const group of box.querySelectorAll("g[id]")) {
      const found = group.id.match(/-n(\d+)$/);
      if (!found) continue;
      const name = model.get("names")[Number(found[1])];
      group.classList.add("cidmesa-node");
      group.classList.toggle("cidmesa-chosen", name === model.get("node"));
      group.setAttribute("tabindex", "0");
      group.setAttribute("role", "button");
      group.onclick = () => save(model, "node", name);
      group.onkeydown = (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        save(model, "node", name);
      };
    }
  };
  model.on("change:figure", prepare);
  model.on("change:node", prepare);
  prepare();
  return box;
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
    box.append(element("label", {}, tick, ` ${name}`));
  }
  return box;
}

function slider(model, given) {
  const range = element("input", { type: "range", min: 0, max: given.texts.length - 1, step: 1, value: given.place });
  const shown = element("output", {}, given.texts[given.place]);
  range.oninput = () => { shown.textContent = given.texts[Number(range.value)]; };
  range.onkeydown = (event) => event.stopPropagation(); // else notebooks take the arrow keys for theirs
  range.onchange = () => save(model, "values", { ...model.get("values"), [given.name]: given.texts[Number(range.value)] });
  const ask = element("button", { type: "button", title: "For which values of this parameter is it deceptive?" }, "when?");
  ask.onclick = () => save(model, "asked", given.name);
  const row = element("div", { class: "cidmesa-slider" }, element("label", { title: given.doc }, `${given.name} `, range), shown);
  if (model.get("certified")) row.append(ask);
  return row;
}

function render({ model, el }) {
  el.classList.add("cidmesa-explorer");
  const controls = element("div", { class: "cidmesa-controls" }, switches(model));
  for (const given of model.get("sliders")) controls.append(slider(model, given));
  controls.append(panel(model, "threshold", "exact threshold"));
  const side = element("div", { class: "cidmesa-side" }, panel(model, "outcome", "what is optimal"), panel(model, "details", "chosen node"));
  el.append(controls, element("div", { class: "cidmesa-body" }, figure(model), side));
}

export default { render };
