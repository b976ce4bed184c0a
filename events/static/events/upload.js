// Hands a file in by pieces (tus): a line that is cut costs the piece that was on its way.
const PIECE = 512 * 1024; // bytes of one request: a slow line holds the server only so long
const WAITS = [0, 1000, 2000, 4000, 8000, 15000, 15000, 30000, 30000, 30000, 60000, 60000];
const form = document.querySelector("form[data-uploads]");
const status = form.querySelector("[data-status]");
const progress = form.querySelector("[data-progress]");
let upload = null;
let waiting = false; // for the line

const say = (text) => { status.textContent = text; };
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

function showProgress(sent, all) {
  progress.hidden = false;
  progress.querySelector("progress").value = (100 * sent) / all;
  progress.querySelector("[data-sent]").textContent = `${megabytes(sent)} / ${megabytes(all)}`;
}

function shouldRetry(error) {
  const code = error.originalResponse ? error.originalResponse.getStatus() : 0;
  const again = code === 0 || code === 409 || code === 423 || code === 429 || code >= 500;
  waiting = again;
  if (again) say(status.dataset.wordsWaiting);
  return again;
}

async function send(file) {
  const said = new FormData(form);
  upload = new window.tus.Upload(file, {
    endpoint: form.dataset.uploads,
    chunkSize: PIECE,
    retryDelays: WAITS,
    removeFingerprintOnSuccess: true,
    headers: { "X-CSRFToken": said.get("csrfmiddlewaretoken") },
    metadata: { filename: file.name, kind: said.get("kind"), title: said.get("title"), licence: said.get("licence"), cid: said.get("cid") },
    onShouldRetry: shouldRetry,
    onProgress: (sent, all) => { waiting = false; showProgress(sent, all); say(status.dataset.wordsSending); },
    onSuccess: () => { location.assign(upload.url); },
    onError: (error) => {
      const answer = error.originalResponse && error.originalResponse.getBody();
      say(answer || status.dataset.wordsWaiting);
      form.querySelector("button").disabled = false;
    },
  });
  const [before] = await upload.findPreviousUploads();
  if (before) { upload.resumeFromPreviousUpload(before); say(status.dataset.wordsResumed); }
  upload.start();
}

form.addEventListener("submit", (event) => {
  const [file] = form.elements.file.files;
  if (!file || !file.size || !window.tus || !window.tus.isSupported) return; // the plain form does it
  event.preventDefault();
  form.querySelector("button").disabled = true;
  send(file);
});
window.addEventListener("online", () => {
  if (waiting) upload.abort().then(() => upload.start());
});
