/* The explorer: switch choices on and off, and see the specification curve, the shares and the
   verdict follow. Everything it shows was computed beforehand and stands in the page as data; the
   rule is that of the library (uptake.openclosed.judging), with which a test compares it. */
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("explorer-data").textContent);
  const claims = data.claims.map(unpack);
  const byId = (name) => document.getElementById(`explorer-${name}`);
  const SVG = "http://www.w3.org/2000/svg";

  /* What is shown: a claim, and for each level of each of its choices whether it is on. */
  let claim = claims[0];
  let on = everything(claim);

  // ---- the data -------------------------------------------------------------------------------

  /* Read a claim's numbers; specification i has level floor(i / stride) % size of each choice. */
  function unpack(packed) {
    const list = (text) => text.split(" ").map(Number);
    const region = ({ low, high, words }) => ({ low: Number(low), high: Number(high), words });
    const sizes = packed.dimensions.map(({ levels }) => levels.length);
    const product = (from) => sizes.slice(from).reduce((all, size) => all * size, 1);
    return {
      ...packed,
      dimensions: packed.dimensions.map((each, d) => ({ ...each, stride: product(d + 1) })),
      count: product(0),
      supports: region(packed.supports),
      refutes: region(packed.refutes),
      estimate: list(packed.estimate),
      low: list(packed.low),
      high: list(packed.high),
      concern: list(packed.concern),
    };
  }

  function everything(chosen) {
    return chosen.dimensions.map((dimension) => dimension.levels.map(() => true));
  }

  function levelOf(dimension, row) {
    return Math.floor(row / dimension.stride) % dimension.levels.length;
  }

  /* The specifications all of whose levels are on, in the order of the universe. */
  function selected() {
    const rows = [];
    for (let row = 0; row < claim.count; row += 1) {
      if (claim.dimensions.every((dimension, d) => on[d][levelOf(dimension, row)])) rows.push(row);
    }
    return rows;
  }

  /* The specification made of the first level of each choice that is still on. */
  function primaryRow() {
    return claim.dimensions.reduce((sum, { stride }, d) => sum + stride * on[d].indexOf(true), 0);
  }

  // ---- the rule, in the order of the library --------------------------------------------------

  const contains = (region, low, high) => region.low <= low && high <= region.high;
  const meets = (region, low, high) => low <= region.high && region.low <= high;

  /* The side on which the interval lies, or the reason why it lies on none. */
  function place(row) {
    if (Number.isNaN(claim.estimate[row])) return { doubt: "There is nothing to judge." };
    const ends = [claim.low[row], claim.high[row]];
    if (contains(claim.supports, ...ends)) return { side: "supported" };
    if (contains(claim.refutes, ...ends)) return { side: "against" };
    const [yes, no] = [meets(claim.supports, ...ends), meets(claim.refutes, ...ends)];
    let words = "The interval lies between the regions";
    if (yes && no) words = "The interval meets both regions";
    else if (yes) words = "The interval reaches out of the region that supports the claim";
    else if (no) words = "The interval reaches out of the region that refutes the claim";
    const legend = `${claim.supports.words} supports the claim, ${claim.refutes.words} refutes it`;
    return { doubt: `${words}: ${legend}.` };
  }

  function powerDoubt() {
    const power = claim.judged ? claim.judged.power : null;
    if (power === null) return "Power was not simulated.";
    if (power >= data.power) return "";
    return "The data would more often miss the smallest effect that matters than see it.";
  }

  function judge(rows) {
    const inside = (region) =>
      rows.filter((row) => contains(region, claim.estimate[row], claim.estimate[row])).length;
    const counts = { supported: inside(claim.supports), against: inside(claim.refutes) };
    const { side, doubt } = place(primaryRow());
    const doubts = [doubt, powerDoubt()].filter(Boolean);
    if (doubts.length) return { verdict: "cannot tell", reasons: doubts, counts };
    const agree = counts[side] / rows.length >= data.share;
    const does = side === "supported" ? "supports" : "refutes";
    const region = side === "supported" ? claim.supports : claim.refutes;
    const where = `The interval lies in the region that ${does} the claim (${region.words})`;
    const percent = inPercent(data.share);
    const reason = agree ? `${where}.` : `${where}, but fewer than ${percent} of the choices lead there.`;
    return { verdict: agree ? side : "mixed", reasons: [reason], counts };
  }

  // ---- small helpers --------------------------------------------------------------------------

  // Halves go to the even number, as on the other pages.
  function inPercent(share) {
    const percent = 100 * share;
    const half = Math.abs(percent % 1) === 0.5;
    return `${half ? 2 * Math.round(percent / 2) : Math.round(percent)}%`;
  }

  /* Three significant digits, as everywhere in the book. */
  function spell(number) {
    return number.toLocaleString("en", { maximumSignificantDigits: 3 });
  }

  function interval(low, high) {
    if (low === -Infinity && high === Infinity) return "not bounded on either side";
    if (high === Infinity) return `from ${spell(low)}, not bounded above`;
    if (low === -Infinity) return `up to ${spell(high)}, not bounded below`;
    return `${spell(low)} to ${spell(high)}`;
  }

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function drawn(name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // ---- the verdict ----------------------------------------------------------------------------

  function showVerdict(rows, found) {
    byId("verdict").textContent = found.verdict;
    byId("reasons").textContent = found.reasons.join(" ");
    byId("primary").textContent = primaryWords();
    byId("tally").textContent = shareWords(rows, found);
  }

  function primaryWords() {
    const row = primaryRow();
    const beforehand = row === 0 ? "" : ", which was not chosen beforehand";
    const name = `Primary specification${beforehand}`;
    if (Number.isNaN(claim.estimate[row])) return `${name}: no estimate.`;
    const range = interval(claim.low[row], claim.high[row]);
    return `${name}: ${spell(claim.estimate[row])} ${claim.unit} (interval ${range}).`;
  }

  function shareWords(rows, { counts }) {
    const part = (count) => `${count} (${inPercent(count / rows.length)})`;
    const whole = rows.length === 1 ? "Of the one specification" : `Of ${rows.length} specifications`;
    return (
      `${whole} ${part(counts.supported)} support the claim and ` +
      `${part(counts.against)} speak against it.`
    );
  }

  /* The shares as a bar, named below it. */
  function showShares(rows, { counts }) {
    const missing = rows.filter((row) => Number.isNaN(claim.estimate[row])).length;
    const between = rows.length - counts.supported - counts.against - missing;
    const parts = [
      ["supports", "support", counts.supported],
      ["between", "in neither region", between],
      ["missing", "no estimate", missing],
      ["refutes", "speak against", counts.against],
    ];
    const shown = parts.filter(([, , count]) => count > 0);
    byId("bar").replaceChildren(
      ...shown.map(([kind, , count]) =>
        element("span", { class: `explorer-${kind}`, style: `flex-grow: ${count}` })
      )
    );
    byId("shares").replaceChildren(
      ...shown.map(([kind, words, count]) =>
        element("li", {}, element("span", { class: `explorer-key explorer-${kind}` }), `${words}: ${count}`)
      )
    );
  }

  function showJudged() {
    const line = byId("judged");
    if (!claim.judged) {
      line.textContent = "No notebook shows a verdict on this claim, so its power is not known here.";
      return;
    }
    const link = element("a", { href: claim.judged.page }, claim.judged.verdict);
    const { power } = claim.judged;
    const said = power === null ? "" : ` Power, fixed: ${inPercent(power)}.`;
    line.replaceChildren("With every choice on, as judged in the notebook: ", link, `.${said}`);
  }

  // ---- the curve ------------------------------------------------------------------------------

  /* Rows that have an estimate, in its order. */
  function ascending(rows) {
    return rows
      .filter((row) => !Number.isNaN(claim.estimate[row]))
      .sort((a, b) => claim.estimate[a] - claim.estimate[b] || a - b);
  }

  /* The range of the axis, the same for every selection of a claim: all estimates and the ends of
     the regions, and beyond them the intervals as far as nineteen in twenty reach, but no further
     than would squeeze the estimates into less than half of the frame. */
  function limits() {
    const finite = (values) => values.filter(Number.isFinite).sort((a, b) => a - b);
    const { supports, refutes } = claim;
    const ends = [supports.low, supports.high, refutes.low, refutes.high];
    const core = finite([...claim.estimate, ...ends]);
    const [low, high] = [core[0], core[core.length - 1]];
    const room = (high - low) / 2 || 1;
    const [lows, highs] = [finite(claim.low), finite(claim.high)];
    const reach = [
      low - lows[Math.floor(0.05 * lows.length)],
      highs[Math.ceil(0.95 * highs.length) - 1] - high,
    ].map((beyond) => Math.max(0.08 * room, Math.min(beyond || 0, room)));
    return [low - reach[0], high + reach[1]];
  }

  /* Round numbers for the axis, about five of them. */
  function ticks([low, high]) {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
    const found = [];
    for (let k = Math.ceil(low / step); k * step <= high; k += 1) found.push(k * step);
    return found;
  }

  function showCurve(rows) {
    const svg = byId("chart");
    const frame = { width: svg.clientWidth, height: svg.clientHeight, limits: limits() };
    const [low, high] = frame.limits;
    frame.y = (value) => ((high - value) / (high - low)) * frame.height;
    frame.x = (index) => ((index + 0.5) / rows.length) * frame.width;
    svg.setAttribute("viewBox", `0 0 ${frame.width} ${frame.height}`);
    svg.replaceChildren(
      hatching(),
      ...regionShapes(frame),
      ...axisShapes(frame),
      ...intervalShapes(rows, frame),
      ...pointShapes(rows, frame),
      ...regionNames(frame)
    );
  }

  function hatching() {
    const pattern = drawn("pattern", {
      id: "explorer-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)",
    });
    pattern.append(drawn("rect", { width: 7, height: 7, class: "explorer-hatch-ground" }));
    pattern.append(drawn("rect", { width: 1.6, height: 7, class: "explorer-hatch-line" }));
    return pattern;
  }

  function regionEnds(frame, { low, high }) {
    return [frame.y(Math.min(high, frame.limits[1])), frame.y(Math.max(low, frame.limits[0]))];
  }

  function regionShapes(frame) {
    return ["supports", "refutes"].map((kind) => {
      const [top, bottom] = regionEnds(frame, claim[kind]);
      const size = { x: 0, y: top, width: frame.width, height: bottom - top };
      return drawn("rect", { ...size, class: `explorer-${kind}` });
    });
  }

  /* At the outer end of each region, drawn last so that no interval hides them. */
  function regionNames(frame) {
    const x = frame.width - 8;
    return ["supports", "refutes"].map((kind) => {
      const [top, bottom] = regionEnds(frame, claim[kind]);
      const y = top < frame.height - bottom ? top + 18 : bottom - 9;
      const place = { x, y, "text-anchor": "end", class: "explorer-name" };
      return drawn("text", place, `${kind} the claim`);
    });
  }

  function axisShapes(frame) {
    const inside = frame.width >= document.getElementById("explorer").clientWidth - 4;
    return ticks(frame.limits).flatMap((value) => {
      const y = frame.y(value);
      const zero = Math.abs(value) < 1e-12 * (frame.limits[1] - frame.limits[0]);
      const place = inside
        ? { x: 3, y: y - 3, "text-anchor": "start" }
        : { x: -7, y: y + 4, "text-anchor": "end" };
      return [
        drawn("line", { x1: 0, x2: frame.width, y1: y, y2: y, class: zero ? "explorer-zero" : "explorer-grid" }),
        drawn("text", { ...place, class: "explorer-tick" }, zero ? "0" : spell(value)),
      ];
    });
  }

  /* One line for each interval; an arrow where it goes on beyond the frame. */
  function intervalShapes(rows, frame) {
    const [low, high] = frame.limits;
    let lines = "";
    let arrows = "";
    rows.forEach((row, index) => {
      const x = frame.x(index).toFixed(2);
      const [top, bottom] = [Math.min(claim.high[row], high), Math.max(claim.low[row], low)];
      if (top < low || bottom > high) return;
      lines += `M${x} ${frame.y(top).toFixed(1)}V${frame.y(bottom).toFixed(1)}`;
      const half = Math.min(4, (0.4 * frame.width) / rows.length).toFixed(2);
      if (claim.high[row] > high) arrows += `M${x} 0l${half} 6h${-2 * half}z`;
      if (claim.low[row] < low) arrows += `M${x} ${frame.height}l${half} -6h${-2 * half}z`;
    });
    const wide = Math.min(1.3, (0.7 * frame.width) / rows.length);
    return [
      drawn("path", { d: lines, class: "explorer-interval", "stroke-width": wide }),
      drawn("path", { d: arrows, class: "explorer-arrow" }),
    ];
  }

  function pointShapes(rows, frame) {
    const radius = rows.length > 300 ? 1.6 : rows.length > 60 ? 2.2 : 3.5;
    const points = rows.map((row, index) =>
      drawn("circle", { cx: frame.x(index), cy: frame.y(claim.estimate[row]), r: radius, class: "explorer-point" })
    );
    const index = rows.indexOf(primaryRow());
    if (index < 0) return points;
    const [x, y] = [frame.x(index), frame.y(claim.estimate[rows[index]])];
    return [...points, drawn("path", { d: `M${x} ${y - 7}l7 7l-7 7l-7 -7z`, class: "explorer-primary" })];
  }

  function curveWords(rows, total) {
    if (!rows.length) return "No specification that is switched on has an estimate.";
    const [first, last] = [rows[0], rows[rows.length - 1]].map((row) => spell(claim.estimate[row]));
    const without = total > rows.length ? ` ${total - rows.length} gave no estimate.` : "";
    return (
      `${rows.length} estimates in the order of their size, from ${first} to ${last} ${claim.unit}, ` +
      `with intervals. Below: which choices lie behind each.${without} The diamond is the primary ` +
      "specification. An arrow: the interval goes on beyond the frame."
    );
  }

  /* Under the curve, beside each level: a mark where it is used. */
  function showStrips(rows) {
    const first = rows.indexOf(primaryRow());
    claim.dimensions.forEach((dimension, d) => {
      dimension.levels.forEach((_, level) => {
        const svg = byId(`strip-${d}-${level}`);
        const width = svg.clientWidth;
        const wide = Math.max(Math.min(3, (0.75 * width) / rows.length), 0.5);
        let marks = "";
        rows.forEach((row, index) => {
          const x = ((index + 0.5) / rows.length) * width - wide / 2;
          if (levelOf(dimension, row) === level) marks += `M${x.toFixed(2)} 5h${wide.toFixed(2)}v10h${-wide.toFixed(2)}z`;
        });
        const x = ((first + 0.5) / rows.length) * width;
        const chosen = first >= 0 && levelOf(dimension, rows[first]) === level;
        svg.setAttribute("viewBox", `0 0 ${width} 20`);
        svg.replaceChildren(
          drawn("path", { d: marks, class: "explorer-mark" }),
          drawn("path", { d: chosen ? `M${x} 5l5 5l-5 5l-5 -5z` : "", class: "explorer-primary" })
        );
      });
    });
  }

  // ---- the table ------------------------------------------------------------------------------

  /* Filled only when open: a thousand rows take time that a reader of the curve should not pay. */
  function showTable(rows) {
    if (!byId("details").open) return;
    const names = claim.dimensions.map((dimension) => dimension.name.replaceAll("_", " "));
    const heads = ["estimate", "low", "high", ...names, "to be borne in mind"];
    const cells = (row) => [
      ...[claim.estimate, claim.low, claim.high].map((numbers) => numberWords(numbers[row])),
      ...claim.dimensions.map((dimension) => dimension.levels[levelOf(dimension, row)].label),
      claim.concerns[claim.concern[row]],
    ];
    const missing = rows.filter((row) => Number.isNaN(claim.estimate[row]));
    byId("table").replaceChildren(
      element("caption", {}, `${claim.id}, ${claim.unit}; in the order of the estimates`),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...[...ascending(rows), ...missing].map((row) =>
        element("tr", {}, ...cells(row).map((cell) => element("td", {}, cell)))
      ))
    );
  }

  function numberWords(number) {
    if (Number.isNaN(number)) return "none";
    return Number.isFinite(number) ? spell(number) : "no limit";
  }

  // ---- the controls ---------------------------------------------------------------------------

  function showClaim() {
    byId("claim").value = claim.id;
    byId("words").textContent = `${claim.claim} What is estimated: ${claim.estimand}`;
    byId("unit").textContent = claim.unit;
    byId("choices").replaceChildren(...claim.dimensions.map(fieldset));
    showJudged();
  }

  function fieldset(dimension, d) {
    const levels = dimension.levels.map((level, index) => {
      const box = element("input", { type: "checkbox", id: `explorer-box-${d}-${index}` });
      box.checked = on[d][index];
      box.addEventListener("change", () => toggle(d, index, box));
      const label = element("label", {}, box, ` ${level.label}`);
      const strip = drawn("svg", { id: `explorer-strip-${d}-${index}`, "aria-hidden": "true", class: "explorer-strip" });
      return element("div", { class: "explorer-row explorer-level" }, label, strip);
    });
    return element("fieldset", {}, element("legend", {}, dimension.question), ...levels);
  }

  function toggle(d, index, box) {
    const last = on[d][index] && on[d].filter(Boolean).length === 1;
    if (last) box.checked = true;
    else on[d][index] = box.checked;
    note(last ? "One level of each choice has to stay on." : "");
    if (last) return;
    writeAddress();
    refresh();
  }

  function note(words) {
    byId("note").textContent = words;
  }

  function choose(chosen) {
    claim = chosen;
    on = everything(claim);
    note("");
    showClaim();
    writeAddress();
    refresh();
  }

  /* Draw everything that depends on which levels are on. */
  function refresh() {
    const rows = selected();
    const found = judge(rows);
    const sorted = ascending(rows);
    showVerdict(rows, found);
    showShares(rows, found);
    byId("chart-words").textContent = curveWords(sorted, rows.length);
    showCurve(sorted);
    showStrips(sorted);
    showTable(rows);
  }

  // ---- the address ----------------------------------------------------------------------------

  /* #C10&start=2023-01-01&start=2024-01-01: the claim, and the levels that are on of each choice
     that is not wholly on. So a view can be linked, and a link still works when a level is added. */
  function writeAddress() {
    const parts = new URLSearchParams();
    claim.dimensions.forEach((dimension, d) => {
      if (on[d].every(Boolean)) return;
      dimension.levels.forEach((level, index) => {
        if (on[d][index]) parts.append(dimension.name, level.value);
      });
    });
    const query = parts.toString();
    history.replaceState(null, "", `#${claim.id}${query ? `&${query}` : ""}`);
  }

  /* What an address does not say, or says of unknown levels, leaves a choice wholly on. */
  function readAddress() {
    const [id, ...rest] = window.location.hash.slice(1).split("&");
    const parts = new URLSearchParams(rest.join("&"));
    claim = claims.find((each) => each.id === id) || claims[0];
    on = everything(claim).map((all, d) => {
      const { name, levels } = claim.dimensions[d];
      const chosen = levels.map((level) => parts.getAll(name).includes(level.value));
      return chosen.some(Boolean) ? chosen : all;
    });
    note("");
    showClaim();
    refresh();
  }

  function start() {
    byId("claim").replaceChildren(
      ...claims.map(({ id, title }) => element("option", { value: id }, `${id} ${title}`))
    );
    byId("claim").addEventListener("change", ({ target }) =>
      choose(claims.find(({ id }) => id === target.value))
    );
    byId("reset").addEventListener("click", () => choose(claim));
    byId("choices").addEventListener("submit", (event) => event.preventDefault());
    byId("details").addEventListener("toggle", () => showTable(selected()));
    window.addEventListener("hashchange", readAddress);
    readAddress();
    // The first size is reported at once; later ones when the window or the theme's sidebar moves.
    let width = byId("chart").clientWidth;
    new ResizeObserver(() => {
      if (byId("chart").clientWidth === width) return;
      width = byId("chart").clientWidth;
      refresh();
    }).observe(byId("chart"));
  }

  start();
})();
