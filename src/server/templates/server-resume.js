// Sends the value in the platform's storage, or an empty one if there is none; the tool then refuses the launch.

const { storageTarget, storageOrigin, storageKey } = document.currentScript.dataset;
const form = document.getElementById("resume");

askStorage("get_data", { key: storageKey }, storageTarget, storageOrigin).then((answer) => {
  form.elements.value.value = answer && typeof answer.value === "string" ? answer.value : "";
  form.submit();
});
