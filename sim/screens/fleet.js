// All fleets of a page under one control, so that they are in step: grids of servers, curves and the story.
// Everything shown comes from `data`, packed by film.py from the runs' own timelines; nothing is fetched.
const SECONDS_A_FILM = 24, FORWARD = 5;
const ILL = 5, OLD = 0, NEW = 2, BACK = 3;

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".fleets");
  if (root.shown === data.id) return root.leave;
  if (root.leave) root.leave();
  root.shown = data.id;
  const $ = (name) => root.querySelector(name);
  const make = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text ?? "" });
  const [play, again, scrub, clock, speed] = [".play", ".again", ".scrub", ".clock", ".speed"].map($);
  const truth = $(".truth input"), panels = $(".panels"), listening = new AbortController();
  const on = (who, what, act) => who.addEventListener(what, act, { signal: listening.signal });
  let now = data.t0, frame = 0, before = 0, theme = {}, told = truth.checked;

  // ---- one panel a policy ------------------------------------------------------------------
  panels.replaceChildren();
  const all = data.policies.map((one) => {
    const panel = make("section", "panel");
    panel.style.setProperty("--mine", one.colour);
    panel.append(make("h3", "", one.name), make("p", "said", one.said));
    const line = make("p", "now"), stage = make("span", "stage"), harm = make("span", "hidden");
    const count = make("span", "count");
    harm.append(count, make("span", "", " users hurt"));
    line.append(stage, harm);
    const fleet = make("div", "fleet");
    panel.append(line, fleet);
    const groups = one.groups.map(([role, first, n]) => {
      const box = make("div", "group"), name = make("span", "name"), canvas = make("canvas", "cells");
      canvas.setAttribute("role", "img");
      canvas.tabIndex = 0;
      canvas.dataset.role = role;
      box.append(name, canvas);
      fleet.append(box);
      return { role, first, n, name, canvas, picked: -1 };
    });
    const about = make("p", "about", "Click a server to read what happened to it.");
    about.setAttribute("aria-live", "polite");
    fleet.append(about);
    const chart = make("canvas", "chart");
    chart.setAttribute("role", "img");
    const story = make("ol", "story");
    story.setAttribute("aria-label", `What happened under ${one.name}`);
    const items = one.story.map(([t, text, warning, hidden]) => {
      const item = make("li", hidden ? "hidden" : ""), button = make("button");
      button.type = "button";
      button.append(make("span", "", warning ? "!" : hidden ? "·" : ""), make("span", "when", length(t)), make("span", "", text));
      on(button, "click", () => { stop(); seek(t); });
      item.append(button);
      story.append(item);
      return item;
    });
    panel.append(chart, story);
    panels.append(panel);
    const bytes = () => new Uint8Array(one.cells), told = one.story.map((row) => row[0]);
    const p = { ...one, panel, stage, count, groups, chart, about, list: story, items, told, next: 0, at: -1, base: bytes(),
      ill: bytes(), painted: bytes().fill(255), here: -2, picked: -1 };
    for (const g of groups) {
      on(g.canvas, "click", (event) => {
        const box = g.canvas.getBoundingClientRect();
        pick(p, g, Math.floor((event.clientY - box.top) / g.size) * g.across + Math.floor((event.clientX - box.left) / g.size));
      });
      on(g.canvas, "keydown", (event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: g.across, ArrowUp: -g.across, Home: -g.n, End: g.n }[event.key];
        if (!by && event.key !== "Enter") return;
        event.preventDefault();
        pick(p, g, Math.max(0, Math.min(g.n - 1, g.picked < 0 ? 0 : g.picked + (by || 0))));
      });
    }
    return p;
  });

  // ---- one server: all that happened to it, in words -------------------------------------------
  function pick(p, g, k) {
    if (k < 0 || k >= g.n) return;
    p.groups.forEach((other) => { other.picked = -1; });
    g.picked = k;
    p.picked = g.first + k;
    life(p, g);
    p.painted.fill(255);
    draw();
  }
  function life(p, g) {
    const parts = [];
    for (let k = 0; k < p.rows.length; k += FORWARD) {
      const [t, first, end, layer, value] = p.rows.slice(k, k + FORWARD);
      if (p.picked < first || p.picked >= end || (layer && !told)) continue;
      const words = layer ? (value ? "ill (hidden truth)" : "no longer ill") : data.names[value];
      if (parts.length && parts[parts.length - 1][1] === words) continue;
      parts.push([t, words]);
    }
    const said = parts.map(([t, words]) => `${length(t)} ${words}`).join(" · ");
    p.about.textContent = `Server ${g.picked + 1} of ${g.role}: ${said || "old version all the time, untouched"}.`;
  }

  // ---- the state of every server at a moment ------------------------------------------------
  function advance(p) {
    if (now < p.at) { p.next = 0; p.base.fill(0); p.ill.fill(0); }
    const rows = p.rows;
    while (p.next < rows.length && rows[p.next] <= now) {
      const [, first, last, layer, value] = rows.slice(p.next, p.next + FORWARD);
      (layer ? p.ill : p.base).fill(value, first, last);
      p.next += FORWARD;
    }
    p.at = now;
  }
  const code = (p, i) => (told && p.ill[i] && (p.base[i] === OLD || p.base[i] === NEW || p.base[i] === BACK) ? ILL : p.base[i]);

  // ---- drawing --------------------------------------------------------------------------------
  function cell(pen, x, y, size, kind) {
    const gap = size > 5 ? 1.5 : size > 3 ? 1 : 0, side = size - gap;
    pen.fillStyle = data.colours[kind] || theme.ground;
    pen.fillRect(x, y, side, side);
    if (size >= 7) {
      pen.strokeStyle = kind === 4 ? data.colours[ILL] : theme.edge;
      pen.lineWidth = 1;
      pen.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    }
    if (size < 8 || !data.glyphs[kind]) return;
    pen.fillStyle = kind === 4 ? data.colours[ILL] : "#000";
    pen.font = `bold ${Math.round(size * 0.85)}px sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(data.glyphs[kind], x + side / 2, y + side / 2 + 0.5);
  }
  function ring(pen, x, y, size) {
    pen.strokeStyle = theme.text;
    pen.lineWidth = 2.5;
    pen.strokeRect(x + 1, y + 1, size - 3.5, size - 3.5);
  }
  function sized(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    return pen;
  }
  function lay() {
    const style = getComputedStyle(root);
    const text = style.color, ground = style.getPropertyValue("--st-background-color").trim() || "#fff";
    theme = { text, ground, edge: "rgba(90,90,90,0.75)", rule: "rgba(128,128,128,0.45)" };
    root.style.setProperty("--on-primary", dark(style.getPropertyValue("--st-primary-color").trim()) ? "#fff" : "#000");
    const width = Math.max(120, Math.floor(all[0].panel.clientWidth - 24));
    const most = Math.max(...all.map((p) => p.groups.filter((g) => g.role !== "standby" && g.role !== "test")
      .reduce((sum, g) => sum + g.n, 0)));
    const size = Math.max(4, Math.min(20, Math.floor(Math.sqrt((width * Math.min(190, width * 0.6)) / most))));
    for (const p of all) {
      for (const g of p.groups) {
        g.size = size;
        g.across = Math.max(1, Math.min(g.n, Math.floor(width / size)));
        g.pen = sized(g.canvas, g.across * size, Math.ceil(g.n / g.across) * size);
      }
      p.painted.fill(255);
      p.width = width;
      p.pen = sized(p.chart, width, 208);
    }
    draw();
  }
  function draw() {
    const share = now / data.end;
    scrub.value = Math.round(share * 1000);
    scrub.setAttribute("aria-valuetext", `${length(now)} after the start`);
    clock.textContent = `${length(now)} of ${length(data.end)}`;
    for (const p of all) {
      advance(p);
      const counts = new Map();
      for (const g of p.groups) {
        const tally = new Array(6).fill(0);
        for (let k = 0; k < g.n; k++) {
          const kind = code(p, g.first + k);
          tally[kind]++;
          if (p.painted[g.first + k] === kind) continue;
          p.painted[g.first + k] = kind;
          const x = (k % g.across) * g.size, y = Math.floor(k / g.across) * g.size;
          g.pen.clearRect(x, y, g.size, g.size);
          cell(g.pen, x, y, g.size, kind);
          if (k === g.picked) ring(g.pen, x, y, g.size);
        }
        const said = tally.map((n, kind) => (n ? `${n} ${data.names[kind]}` : "")).filter(Boolean).join(", ");
        counts.set(g.role, said);
        g.canvas.dataset.ill = tally[ILL];
        g.canvas.setAttribute("aria-label", `${g.role}: ${said}`);
      }
      caption(p);
      curves(p, share);
      tell(p);
    }
  }
  function caption(p) {
    const user = last(p.serving, now)[1], stage = p.stages.filter((s) => s[0] <= now && now < s[1]).pop();
    p.stage.textContent = stage ? `Stage: ${stage[2]}` : now < (p.stages[0] ?? [0])[0] ? "Not begun" : "Over";
    p.count.textContent = Math.round(along(p.harm.t, p.harm.users, now)).toLocaleString("en");
    const sides = p.groups.some((g) => g.role === "standby");
    for (const g of p.groups) {
      const serves = g.role === "test" ? "no users" : !sides ? "" : g.role === "standby" === (user === "standby") ? "serves all users" : "no users";
      const text = `${g.role} · ${g.n.toLocaleString("en")}${serves ? ` · ${serves}` : ""}`;
      if (g.name.textContent !== text) { g.name.textContent = text; g.name.style.fontWeight = serves === "serves all users" ? 700 : 400; }
    }
  }

  // ---- stages, errors as monitored, harm ------------------------------------------------------
  function curves(p, share) {
    const pen = p.pen, w = p.width, x = (t) => (t / data.end) * (w - 2) + 1;
    pen.clearRect(0, 0, w, 208);
    pen.font = "11px sans-serif";
    pen.textBaseline = "alphabetic";
    pen.textAlign = "left";
    const text = (words, at, y, side = "left") => { pen.fillStyle = theme.text; pen.textAlign = side; pen.fillText(words, at, y); };
    for (const [from, to, name] of p.stages) {
      pen.globalAlpha = from <= now && now < to ? 0.85 : 0.28;
      pen.fillStyle = p.colour;
      pen.fillRect(x(from), 4, Math.max(2, x(Math.min(to, data.end)) - x(from) - 1.5), 18);
      pen.globalAlpha = 1;
      pen.fillStyle = from <= now && now < to ? (dark(p.colour) ? "#fff" : "#000") : theme.text;
      pen.textAlign = "left";
      if (pen.measureText(name).width + 6 < x(Math.min(to, data.end)) - x(from)) pen.fillText(name, x(from) + 3, 17);
    }
    const places = p.marks.map(([t]) => x(t));
    for (let k = 1; k < places.length; k++) places[k] = Math.max(places[k], places[k - 1] + 11);
    for (let k = places.length - 1, edge = w - 6; k >= 0; k--, edge -= 11) places[k] = Math.min(places[k], edge);
    pen.font = "bold 12px sans-serif";
    p.marks.forEach(([t, glyph], k) => {
      pen.globalAlpha = t <= now ? 1 : 0.5;
      text(glyph, places[k], 35, "center");
    });
    pen.globalAlpha = 1;
    pen.font = "11px sans-serif";
    const plot = (title, top, height, most, lines, unit) => {
      text(title, 1, top - 4);
      text(unit(most), w - 1, top - 4, "right");
      pen.strokeStyle = theme.rule;
      pen.lineWidth = 1;
      pen.strokeRect(0.5, top + 0.5, w - 1, height);
      for (const { t, n, colour, wide, dash, steps } of lines) {
        pen.strokeStyle = colour;
        pen.lineWidth = wide;
        pen.setLineDash(dash);
        pen.lineCap = dash.length ? "butt" : "round";
        for (const past of [false, true]) {
          pen.save();
          pen.beginPath();
          pen.rect(past ? 0 : share * w, top - 2, past ? share * w : w, height + 4);
          pen.clip();
          pen.globalAlpha = past ? 1 : 0.3;
          pen.beginPath();
          let down = false;
          t.forEach((when, k) => {
            if (n[k] === null) { down = false; return; }
            const y = top + height - (most ? Math.min(1, n[k] / most) : 0) * (height - 3) - 1;
            if (down) pen.lineTo(x(when), y); else pen.moveTo(steps && k ? x(t[k - 1]) : x(when), y);
            if (!down && steps) pen.lineTo(x(when), y);
            down = true;
          });
          pen.stroke();
          pen.restore();
        }
      }
      pen.setLineDash([]);
    };
    const e = p.seen;
    plot("Errors seen:  ━ new version  ┅ old", 56, 52, data.most_errors, [
      { t: e.t, n: e.old, colour: theme.text, wide: 1.2, dash: [3, 3], steps: true },
      { t: e.t, n: e.new, colour: p.colour, wide: 2.4, dash: [], steps: true },
    ], (most) => `${(most * 100).toPrecision(2)} %`);
    if (told) {
      plot("Users hurt so far (hidden truth)", 128, 52, data.most_harm,
        [{ t: p.harm.t, n: p.harm.users, colour: p.colour, wide: 2.4, dash: [] }], (most) => Math.round(most).toLocaleString("en"));
    }
    text("0", 1, 200);
    text(length(data.end), w - 1, 200, "right");
    pen.strokeStyle = theme.text;
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (const [top, bottom] of told ? [[0, 24], [56, 109], [128, 181]] : [[0, 24], [56, 109]]) {
      pen.moveTo(x(now), top);
      pen.lineTo(x(now), bottom);
    }
    pen.stroke();
    const harm = told ? `; ${p.count.textContent} users hurt by then` : "";
    p.chart.setAttribute("aria-label", `${p.name} at ${length(now)}: ${p.stage.textContent}${harm}. In the end: ${p.said}.`);
  }
  function tell(p) {
    let here = -1;
    p.items.forEach((item, k) => { if (p.told[k] <= now + 1e-6 && (told || !item.classList.contains("hidden"))) here = k; });
    if (here === p.here) return;
    p.here = here;
    p.items.forEach((item, k) => { item.classList.toggle("later", k > here); item.classList.toggle("here", k === here); });
    const item = p.items[Math.max(0, here)];
    if (item) p.list.scrollTop = item.offsetTop - p.list.clientHeight / 2;
  }

  // ---- time ------------------------------------------------------------------------------------
  function seek(t) { now = Math.max(0, Math.min(data.end, t)); draw(); }
  function step(stamp) {
    seek(now + ((stamp - before) / 1000) * (data.end / SECONDS_A_FILM) * Number(speed.value));
    before = stamp;
    if (now >= data.end) stop(); else frame = requestAnimationFrame(step);
  }
  function start() {
    if (now >= data.end) now = 0;
    play.textContent = "⏸ Pause";
    play.setAttribute("aria-label", "Pause");
    before = performance.now();
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(step);
  }
  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    play.textContent = "▶ Play";
    play.setAttribute("aria-label", "Play");
  }
  on(play, "click", () => (frame ? stop() : start()));
  on(again, "click", () => { now = 0; start(); });
  on(scrub, "input", () => { stop(); seek((scrub.value / 1000) * data.end); });
  on(truth, "change", () => { told = truth.checked; root.classList.toggle("untold", !told);
    all.forEach((p) => { p.here = -2; p.groups.forEach((g) => { if (g.picked >= 0) life(p, g); }); });
    draw();
  });
  on(root, "keydown", (event) => {
    if (event.key !== " " || /^(BUTTON|SELECT|INPUT)$/.test(event.target.tagName) && event.target !== scrub) return;
    event.preventDefault();
    if (frame) stop(); else start();
  });

  // ---- legend, and the first picture -------------------------------------------------------------
  root.classList.toggle("untold", !told);
  const watch = new ResizeObserver(() => { lay(); });
  watch.observe(panels);
  lay();
  $(".legend").replaceChildren(...data.names.map((name, kind) => {
    const entry = make("span", kind === ILL ? "hidden" : ""), canvas = make("canvas");
    cell(sized(canvas, 14, 14), 0, 0, 14, kind);
    entry.append(canvas, document.createTextNode(kind === ILL ? `${name} (hidden truth)` : name));
    return entry;
  }), make("span", "", data.marks));
  root.leave = () => { stop(); listening.abort(); watch.disconnect(); root.shown = undefined; };
  return root.leave;
}

// ---- words and numbers -----------------------------------------------------------------------------
function length(t) {
  const s = Math.round(t), [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)], d = Math.floor(h / 24);
  if (d) return `${d}d${h % 24 ? `${h % 24}h` : ""}`;
  return h ? `${h}h${String(m).padStart(2, "0")}m` : m ? `${m}m${String(s % 60).padStart(2, "0")}s` : `${s}s`;
}
function last(rows, now) { return rows.filter((row) => row[0] <= now).pop() ?? rows[0]; }
function along(t, n, now) {
  const k = t.findIndex((when) => when > now);
  if (k < 0) return n[n.length - 1] ?? 0;
  return k === 0 ? n[0] : n[k - 1] + ((n[k] - n[k - 1]) * (now - t[k - 1])) / (t[k] - t[k - 1] || 1);
}
function dark(colour) {
  const hex = /^#(..)(..)(..)/.exec(colour);
  return !hex || 0.299 * parseInt(hex[1], 16) + 0.587 * parseInt(hex[2], 16) + 0.114 * parseInt(hex[3], 16) < 140;
}
