// Answers from what was worked out before, in the place of Python: a page that needs no kernel and no network.
function key(settings) {
  return Object.entries(settings).sort().map((pair) => pair.join("=")).join(";");
}

function precomputed(data) {
  const state = { ...data.state }, handlers = {};
  const tell = (trait, value) => {
    state[trait] = value;
    for (const run of handlers[`change:${trait}`] || []) run();
  };
  const situation = () => data.at[key(state.values)];
  const answers = {
    turn: () => tell("answered", state.turn),
    node: () => tell("details", data.details[state.node] ?? data.state.details),
    concepts: () => {
      const wanted = () => data.figures[data.kinds.filter((one) => state.concepts.includes(one)).join(",")];
      if (!wanted()) state.concepts = state.concepts.slice(-1); // so many at once were not drawn
      tell("figure", wanted());
    },
    asked: () => tell("threshold", state.asked ? data.thresholds[state.asked] ?? "" : ""),
    values: (before) => {
      for (const given of data.state.sliders) { // as declared: not moved
        if (state.values[given.name] === given.texts[given.place]) delete state.values[given.name];
      }
      if (!situation()) { // parameters are moved one at a time here
        const moved = Object.keys(state.values).filter((name) => state.values[name] !== before[name]);
        tell("values", Object.fromEntries(moved.slice(-1).map((name) => [name, state.values[name]])));
      }
      tell("outcome", data.outcomes[situation().outcome]);
      tell("prior", situation().posteriors?.[""]);
      tell("asked", "");
      tell("threshold", "");
      answers.evidence();
      tell("evidence", state.evidence);
      tell("figure", state.figure);
    },
    evidence: (before = {}) => {
      const known = situation().posteriors;
      if (known && !(key(state.evidence) in known)) { // so many states at once were not worked out: the last one stays
        const last = Object.keys(state.evidence).filter((name) => state.evidence[name] !== before[name]);
        state.evidence = Object.fromEntries(last.slice(-1).map((name) => [name, state.evidence[name]]));
      }
      const missing = !known || !(key(state.evidence) in known);
      if (missing) state.evidence = {};
      const found = known?.[key(state.evidence)];
      const said = missing ? "Evidence was worked out for the parameters as declared only." : "";
      tell("refused", found === null ? `${key(state.evidence)}: probability 0` : said);
      tell("posteriors", found ?? known?.[""]);
    },
  };
  return {
    get: (trait) => state[trait],
    set: (trait, value) => {
      const before = state[trait];
      state[trait] = value;
      answers[trait]?.(before);
      tell(trait, state[trait]);
    },
    on: (event, run) => { (handlers[event] ??= []).push(run); },
    save_changes: () => {},
  };
}
