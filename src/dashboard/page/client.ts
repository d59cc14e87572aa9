/** `/page.js`: what a page of ours does beside showing widgets. */
import '../widgets.ts';
