import { render } from 'preact';
import { App } from './shell/app.js';
import { listenToAddress } from './shell/router.js';
import './shell/style/tokens.css';
import './shell/style/controls.css';
import './shell/style/frame.css';

listenToAddress();
const root = document.getElementById('app');
if (root) render(<App />, root);
