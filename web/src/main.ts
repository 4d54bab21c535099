import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './app/App.svelte';
import { guessLocale, i18n } from './i18n/index.svelte.ts';
import { watchCompositions } from './ui/ime.ts';
import { prefs } from './ui/prefs.svelte.ts';

prefs.load();
watchCompositions(document);

void i18n.use(prefs.values.locale ?? guessLocale(navigator.languages)).then(() => {
  document.documentElement.lang = i18n.dict.locale;
  mount(App, { target: document.getElementById('app')! });
});
