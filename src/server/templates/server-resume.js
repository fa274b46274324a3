// Sends what the platform keeps for this browser; nothing, when it keeps nothing, and the tool says what that means.

const { storageTarget, storageOrigin, storageKey } = document.currentScript.dataset;
const form = document.getElementById("resume");

askStorage("get_data", { key: storageKey }, storageTarget, storageOrigin).then((answer) => {
  form.elements.value.value = answer && typeof answer.value === "string" ? answer.value : "";
  form.submit();
});
