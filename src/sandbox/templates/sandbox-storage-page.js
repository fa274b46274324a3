// The platform's page stores values for tools, in the way that the launch form requested.

const { toolOrigin, storageFrame } = document.currentScript.dataset;
let storage = "none";
document.getElementById("launch-form").addEventListener("submit", () => { storage = document.getElementById("storage").value; });

window.addEventListener("message", (event) => {
  if (storage === "wrong-origin" && event.data && event.data.message_id) {
    // A valid response, but from another origin.
    document.getElementById("elsewhere").contentWindow.postMessage({ relayed: event.data, from: event.origin }, "*");
  }
  if (!["parent", "frame", "moved"].includes(storage)) return;
  const answer = answerTool(event, toolOrigin, supportedMessages(storage === "parent" ? null : storageFrame));
  if (answer) event.source.postMessage(answer, event.origin);
});
