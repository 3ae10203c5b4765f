// The kiosk's screen: one thing at a time. What is shown follows from what the stream says; nothing is kept.

import { stayAwake } from "./kiosk/awake.js";
import { showServerCamera } from "./kiosk/camera.js";
import { draw } from "./kiosk/drawing.js";
import { forget } from "./kiosk/heard.js";
import { offerKeypad } from "./kiosk/keypad.js";
import { kiosk } from "./kiosk/now.js";
import { becomeADoor } from "./kiosk/pairing.js";
import { offerSound } from "./kiosk/sound.js";
import { forgetStudentsLanguage, learnWords } from "./kiosk/speech.js";
import { follow } from "./kiosk/stream.js";
import { takeToken } from "./kiosk/token.js";
import { showWebcam } from "./kiosk/webcam.js";

await learnWords();
stayAwake();
offerSound();
if (kiosk) {
  takeToken();
  offerKeypad(draw);
  setInterval(() => {
    forget();
    forgetStudentsLanguage();
    draw();
  }, 200);
  draw();
  follow(draw);
  showServerCamera();
  showWebcam();
} else {
  becomeADoor(draw);
}
