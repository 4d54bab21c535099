// The editor's keys, pictures on their way, and the commands of its buttons.
import { baseKeymap, chainCommands, exitCode, lift, toggleMark, wrapIn } from 'prosemirror-commands';
import { history, redo, undo } from 'prosemirror-history';
import { inputRules, wrappingInputRule } from 'prosemirror-inputrules';
import { keymap } from 'prosemirror-keymap';
import type { MarkType, NodeType } from 'prosemirror-model';
import { liftListItem, sinkListItem, splitListItem, wrapInList } from 'prosemirror-schema-list';
import { EditorState, Plugin, PluginKey, type Command } from 'prosemirror-state';
import { Decoration, DecorationSet, type EditorView } from 'prosemirror-view';

import { schema } from './schema.ts';

const { nodes, marks } = schema;

export type Tool = 'bold' | 'italic' | 'underline' | 'code' | 'bullets' | 'numbers' | 'blockquote' | 'clear';

/** What has a button, and the command behind it. */
export const COMMANDS: Record<Tool, Command> = {
  bold: toggleMark(marks.strong!),
  italic: toggleMark(marks.em!),
  underline: toggleMark(marks.underline!),
  code: toggleMark(marks.code!),
  bullets: list(nodes.bullet_list!),
  numbers: list(nodes.ordered_list!),
  blockquote: (state, dispatch) => (isInside(state, nodes.blockquote!) ? lift(state, dispatch) : wrapIn(nodes.blockquote!)(state, dispatch)),
  clear: (state, dispatch) => {
    const { from, to } = state.selection;
    dispatch?.(state.tr.removeMark(from, to));
    return true;
  },
};

function list(type: NodeType): Command {
  return (state, dispatch) => (isInside(state, type) ? liftListItem(nodes.list_item!)(state, dispatch) : wrapInList(type)(state, dispatch));
}

function isInside(state: EditorState, type: NodeType): boolean {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type === type) return true;
  return false;
}

function hasMark(state: EditorState, type: MarkType): boolean {
  const { from, to, empty, $from } = state.selection;
  return empty ? Boolean(type.isInSet(state.storedMarks ?? $from.marks())) : state.doc.rangeHasMark(from, to, type);
}

/** Which buttons are pressed. */
export function pressed(state: EditorState): Record<Tool | 'link', boolean> {
  return {
    bold: hasMark(state, marks.strong!),
    italic: hasMark(state, marks.em!),
    underline: hasMark(state, marks.underline!),
    code: hasMark(state, marks.code!),
    link: hasMark(state, marks.link!),
    bullets: isInside(state, nodes.bullet_list!),
    numbers: isInside(state, nodes.ordered_list!),
    blockquote: isInside(state, nodes.blockquote!),
    clear: false,
  };
}

const lineBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break!.create()).scrollIntoView());
  return true;
};

// Pictures on their way: a mark stands where each will be, and moves with the text.

const placeholders = new PluginKey<DecorationSet>('pictures');

interface Waiting {
  add?: { id: object; at: number; label: string };
  remove?: object;
}

const waiting = new Plugin<DecorationSet>({
  key: placeholders,
  state: {
    init: () => DecorationSet.empty,
    apply(tr, set) {
      let next = set.map(tr.mapping, tr.doc);
      const action = tr.getMeta(placeholders) as Waiting | undefined;
      if (action?.add) {
        const mark = document.createElement('span');
        mark.className = 'picture-waits';
        mark.textContent = action.add.label;
        next = next.add(tr.doc, [Decoration.widget(action.add.at, mark, { id: action.add.id })]);
      } else if (action?.remove) next = next.remove(next.find(undefined, undefined, (spec) => (spec as { id: object }).id === action.remove));
      return next;
    },
  },
  props: {
    decorations(state) {
      return placeholders.getState(state);
    },
  },
});

/** Puts a picture where the mark is, once it is uploaded; nowhere when that failed or the place is gone. */
export async function insertPicture(view: EditorView, label: string, name: string, upload: Promise<string | null>, at?: number): Promise<void> {
  const id = {};
  const { tr } = view.state;
  if (at === undefined && !tr.selection.empty) tr.deleteSelection();
  view.dispatch(tr.setMeta(placeholders, { add: { id, at: at ?? tr.selection.from, label } } satisfies Waiting));
  const src = await upload;
  if (view.isDestroyed) return;
  const found = placeholders.getState(view.state)?.find(undefined, undefined, (spec) => (spec as { id: object }).id === id)[0];
  const done = view.state.tr.setMeta(placeholders, { remove: id } satisfies Waiting);
  if (src && found) done.insert(found.from, nodes.image!.create({ src, alt: name }));
  view.dispatch(done);
}

export function newState(doc: EditorState['doc']): EditorState {
  return EditorState.create({
    doc,
    plugins: [
      inputRules({ rules: [wrappingInputRule(/^\s*([-*])\s$/, nodes.bullet_list!), wrappingInputRule(/^1\.\s$/, nodes.ordered_list!), wrappingInputRule(/^\s*>\s$/, nodes.blockquote!)] }),
      keymap({
        'Mod-b': COMMANDS.bold,
        'Mod-i': COMMANDS.italic,
        'Mod-u': COMMANDS.underline,
        'Mod-z': undo,
        'Shift-Mod-z': redo,
        'Mod-y': redo,
        'Shift-Enter': chainCommands(exitCode, lineBreak),
        Enter: splitListItem(nodes.list_item!),
        'Mod-[': liftListItem(nodes.list_item!),
        'Mod-]': sinkListItem(nodes.list_item!),
      }),
      keymap(baseKeymap),
      history(),
      waiting,
    ],
  });
}
