import { mount } from 'svelte';
import './design/tokens.css';
import './design/base.css';
import './design/fields.css';
import './design/overlays.css';
import './design/print.css';
import './theme.svelte.ts';
import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
mount(App, { target });
