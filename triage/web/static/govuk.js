// Starts GOV.UK Frontend's own behaviour where its script is there. Pages work without it.
const from = document.querySelector("script[data-from]")?.dataset.from;
if (from && "noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  const { initAll } = await import(from);
  initAll();
}
