// What makes the queue quicker: keys, and counts that stay fresh. Every page works without this file.

const typing = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])"));

const shown = (element) => element && !element.disabled && !element.closest("[hidden], fieldset:disabled");

// A key does what its button, link or field does; a choice is made, a list is gone to.
function press(element) {
  if (element.matches("select, textarea, input[type=text]")) element.focus();
  else if (element.matches("summary")) { element.click(); element.focus(); }
  else { if (element.matches("input")) element.focus(); element.click(); }
}

const byKey = (key) => [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(shown);
// Where a question is to be answered first, a habit must not answer it: the key only goes there.
const leadsTo = (key) => [...document.querySelectorAll(`[data-or-key="${CSS.escape(key)}"]`)].find(shown);

// Rows of a list: the current one has the focus.
const rows = () => [...document.querySelectorAll("[data-row]")];
const currentRow = () => rows().findIndex((row) => row.contains(document.activeElement));
function goTo(index) {
  const all = rows();
  if (!all.length) return;
  const row = all[Math.max(0, Math.min(index, all.length - 1))];
  row.querySelector("[data-open]").focus();
  row.scrollIntoView({ block: "nearest" });
}

function inList(key) {
  const here = currentRow();
  if (key === "j") goTo(here + 1);
  else if (key === "k") goTo(here < 0 ? 0 : here - 1);
  else if (key === "x" && here >= 0) rows()[here].querySelector("input[type=checkbox]")?.click();
  // Enter is for whatever has the focus; only where nothing has, it opens the first.
  else if (key === "Enter" && document.activeElement === document.body) document.querySelector("[data-key='Enter-first']")?.click();
  else return false;
  return true;
}

const help = document.getElementById("keys");
const opener = document.querySelector("[data-help]");
if (help && opener) {
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || help?.open) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "?" && help) { help.showModal(); event.preventDefault(); return; }
  if (event.key === "/") { document.getElementById("find")?.focus(); event.preventDefault(); return; }
  if (document.querySelector("[data-rows]") && inList(event.key)) { event.preventDefault(); return; }
  if (event.key === "k" && document.body.dataset.page === "message") { history.back(); event.preventDefault(); return; }
  // Enter on a choice confirms, as elsewhere; a browser would press the form's first button, whatever that is.
  const key = event.key === "Enter" && event.target.matches("[data-decide] input") ? "c" : event.key;
  if (key.length !== 1) return;
  const element = byKey(key);
  const instead = element ? null : leadsTo(key);
  if (element || instead) event.preventDefault();
  if (element) press(element);
  else instead?.focus();
});

// A form that was sent once is not sent again by a second press.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// What a person changes in a decision: the button says so, and what does not apply is put away.
const decision = document.querySelector("[data-decide]");
if (decision) {
  const fields = () => new URLSearchParams(new FormData(decision)).toString();
  const before = fields();
  const button = decision.querySelector("[data-changed]");
  const words = button?.firstChild.textContent;
  const refresh = () => {
    if (button) button.firstChild.textContent = fields() === before ? words : button.dataset.changed;
    const kind = decision.querySelector("input[name=kind]:checked")?.value;
    decision.querySelectorAll("[data-only-kind]").forEach((one) => { one.hidden = one.dataset.onlyKind !== kind; });
  };
  decision.addEventListener("change", refresh);
  refresh();
}

// A note that is being written outlives whatever else is done on the page meanwhile, and being signed out: this tab keeps it for whoever
// wrote it, until it stands on the case or they sign out.
const draft = document.querySelector("[data-draft]");
try {
  const name = `note ${draft?.dataset.draft}`, plain = (text) => text.replace(/\s+/g, " ").trim();
  const kept = draft && sessionStorage.getItem(name);
  if (kept && [...document.querySelectorAll(".tq-entry__note")].some((note) => plain(note.textContent) === plain(kept))) sessionStorage.removeItem(name);
  else if (kept && !draft.value) draft.value = kept;
  draft?.addEventListener("input", () => sessionStorage.setItem(name, draft.value));
  document.querySelector("[data-sign-out]")?.addEventListener("submit", () => sessionStorage.clear());
} catch { /* a browser that keeps nothing */ }

// Ticking every row of a page.
const all = document.querySelector("[data-tick-all]");
if (all) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const boxes = [...document.querySelectorAll("[data-row] input[type=checkbox]")];
    const tick = boxes.some((box) => !box.checked);
    boxes.forEach((box) => { box.checked = tick; });
  });
}

// A page that is left open keeps its counts fresh. It asks nothing while it is not looked at.
const counted = document.querySelector("[data-counts]");
if (counted) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(counted.dataset.counts, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) return;
      for (const [name, count] of Object.entries(await answer.json())) {
        const place = counted.querySelector(`[data-count="${CSS.escape(name)}"]`);
        if (place) place.textContent = count;
      }
    } catch { /* the next time, perhaps */ }
  }, 60_000);
}
