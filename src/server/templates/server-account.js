// Waits until the person has signed in in the other window, and continues the launch.

const { progress } = document.currentScript.dataset;
const form = document.getElementById("provider-continue");
const line = document.getElementById("provider-status");
let looksLeft = 0;

async function look() {
  try {
    const handle = form.elements.handle.value;
    const response = await fetch(progress, { method: "POST", body: new URLSearchParams({ handle }) });
    const state = response.ok ? await response.text() : "waiting";
    if (state !== "waiting") return form.submit();
  } catch (error) {
    // The network is interrupted; the next look may work.
  }
  looksLeft -= 1;
  if (looksLeft > 0) setTimeout(look, 2000);
}

for (const provider of document.querySelectorAll("form.provider")) {
  provider.addEventListener("submit", () => {
    line.textContent = "Finish in the other window. This page continues by itself.";
    const isLooking = looksLeft > 0;
    looksLeft = 300;
    if (!isLooking) setTimeout(look, 1000);
  });
}
