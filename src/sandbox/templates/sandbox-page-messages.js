// The platform's page does what the tool's page in its frame asks for, in the way that is chosen at the time of the launch.

const OFFERED = ["lti.frameResize", "lti.scrollToTop", "lti.close", "lti.fetchWindowSize"];
const launchFrame = document.querySelector("iframe[name=launch]");
let pageMessages = "offered";
// The frame's style before the tool's page has asked for another height.
let styleBefore = null;
document.getElementById("launch-form").addEventListener("submit", () => {
  pageMessages = document.getElementById("page-messages").value;
  if (styleBefore !== null) launchFrame.style.cssText = styleBefore;
  styleBefore = null;
  document.getElementById("page-status").textContent = "";
  document.getElementById("page-log").replaceChildren();
});

// The messages that this page offers, besides those for values.
function offeredMessages() {
  return ["offered", "text"].includes(pageMessages) ? OFFERED.map((subject) => ({ subject })) : [];
}

function parsed(data) {
  try {
    return typeof data === "string" ? JSON.parse(data) : data;
  } catch (error) {
    return null;
  }
}

// Does what a message asks for; returns the response, if there is one.
function answerPage(event) {
  const message = parsed(event.data);
  if (!message || typeof message.subject !== "string" || message.subject.endsWith("_data")) return null;
  const line = document.createElement("li");
  line.textContent = message.subject + (typeof event.data === "string" ? " as text" : "") + " from " + event.origin;
  document.getElementById("page-log").append(line);
  const isClosing = ["lti.close", "org.imsglobal.lti.close"].includes(message.subject);
  if (!isClosing && !offeredMessages().some((one) => one.subject === message.subject)) return null;
  if (message.subject === "lti.frameResize") {
    const isRead = (typeof event.data === "string") === (pageMessages === "text");
    const height = Number(message.height);
    if (!isRead || !(height > 0)) return null;
    if (styleBefore === null) styleBefore = launchFrame.style.cssText;
    Object.assign(launchFrame.style, { height: Math.min(height, 10000) + "px", minHeight: "0", flex: "none" });
  } else if (message.subject === "lti.scrollToTop") {
    launchFrame.scrollIntoView();
  } else if (message.subject === "lti.fetchWindowSize") {
    const { top } = launchFrame.getBoundingClientRect();
    return { subject: "lti.fetchWindowSize.response", message_id: message.message_id, height: window.innerHeight, width: window.innerWidth, footer: 0, offset: top + window.scrollY, scrollY: window.scrollY };
  } else if (isClosing && pageMessages !== "silent") {
    launchFrame.src = "about:blank";
    document.getElementById("page-status").textContent = "The tool has closed its page.";
  }
  return null;
}
