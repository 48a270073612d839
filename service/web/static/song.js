// The page of one piece.

import { player } from "./player.js";

player(document.getElementById("song"));
