// The platform's page stores values for tools, in the way that the launch form requested, and answers the other messages of their pages.

const { toolOrigin, storageFrame } = document.currentScript.dataset;
let storage = "none";
document.getElementById("launch-form").addEventListener("submit", () => { storage = document.getElementById("storage").value; });

window.addEventListener("message", (event) => {
  if (storage === "wrong-origin" && event.data && event.data.message_id) {
    // A valid response, but from another origin.
    document.getElementById("elsewhere").contentWindow.postMessage({ relayed: event.data, from: event.origin }, "*");
  }
  const stores = ["parent", "frame", "moved"].includes(storage);
  const isCapabilities = event.data && event.data.subject === "lti.capabilities";
  const isOfTool = event.source === launchFrame.contentWindow;
  const response = isOfTool ? answerPage(event) : null;
  if (response) return event.source.postMessage(response, event.origin);
  // A platform that offers neither does not answer at all.
  if (!stores && !(isCapabilities && pageMessages !== "silent")) return;
  const values = stores ? supportedMessages(storage === "parent" ? null : storageFrame) : [{ subject: "lti.capabilities" }];
  const answer = answerTool(event, toolOrigin, [...values, ...offeredMessages()]);
  if (answer) event.source.postMessage(answer, event.origin);
});
