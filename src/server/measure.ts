import type { DocumentNode, FragmentDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';
import { refusal } from './refusal.ts';

/** How much a document asks for, each fragment counted wherever it is spread. */
export interface Measured {
  depth: number;
  introspectionDepth: number;
  aliases: number;
  directives: number;
  repeats: number;
  fields: number;
}

const NOTHING: Measured = {
  depth: 0,
  introspectionDepth: 0,
  aliases: 0,
  directives: 0,
  repeats: 0,
  fields: 0,
};

/**
 * Measures all operations of a document, the largest of them counting, in one pass over it: a fragment is measured
 * once, however often it is spread. Throws BAD_USER_INPUT for a fragment that contains itself.
 */
export function measure(document: DocumentNode): Measured {
  const fragments = new Fragments(document);
  fragments.checkAll();
  const operations = document.definitions.filter((part) => part.kind === Kind.OPERATION_DEFINITION);
  return operations
    .map((operation) => {
      const variables = operation.variableDefinitions?.map((variable) => directivesOf(variable)) ?? [];
      return [directivesOf(operation), ...variables, fragments.ofSet(operation.selectionSet)].reduce(plus);
    })
    .reduce(larger, NOTHING);
}

class Fragments {
  readonly #definitions = new Map<string, FragmentDefinitionNode>();
  readonly #measured = new Map<string, Measured>();
  readonly #open = new Set<string>();

  constructor(document: DocumentNode) {
    for (const part of document.definitions) {
      if (part.kind === Kind.FRAGMENT_DEFINITION) this.#definitions.set(part.name.value, part);
    }
  }

  /** Also those that nothing spreads are looked at for containing themselves. */
  checkAll(): void {
    for (const name of this.#definitions.keys()) this.#ofFragment(name);
  }

  ofSet(set: SelectionSetNode): Measured {
    const repeats = { ...NOTHING, repeats: repeatsIn(set) };
    return set.selections.reduce((sum, selection) => plus(sum, this.#ofSelection(selection)), repeats);
  }

  #ofSelection(selection: SelectionNode): Measured {
    const own = directivesOf(selection);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return plus(own, this.#ofFragment(selection.name.value));
    if (selection.kind === Kind.INLINE_FRAGMENT) return plus(own, this.ofSet(selection.selectionSet));
    const inner = selection.selectionSet ? this.ofSet(selection.selectionSet) : NOTHING;
    const asksSchema = selection.name.value === '__schema' || selection.name.value === '__type';
    return {
      depth: asksSchema ? 1 : inner.depth + 1,
      introspectionDepth: asksSchema ? inner.depth + 1 : inner.introspectionDepth,
      aliases: inner.aliases + (selection.alias ? 1 : 0),
      directives: inner.directives + own.directives,
      repeats: inner.repeats,
      fields: inner.fields + 1,
    };
  }

  #ofFragment(name: string): Measured {
    const known = this.#measured.get(name);
    const definition = this.#definitions.get(name);
    // An unknown fragment is named by the validation.
    if (known || !definition) return known ?? NOTHING;
    if (this.#open.has(name)) throw refusal(`The fragment "${name}" contains itself.`);
    this.#open.add(name);
    const measured = plus(directivesOf(definition), this.ofSet(definition.selectionSet));
    this.#open.delete(name);
    this.#measured.set(name, measured);
    return measured;
  }
}

function directivesOf(node: { readonly directives?: readonly unknown[] | undefined }): Measured {
  return { ...NOTHING, directives: node.directives?.length ?? 0 };
}

/** How many fields of a selection set answer under a name that is there already. */
function repeatsIn(set: SelectionSetNode): number {
  const names = set.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? [(selection.alias ?? selection.name).value] : [],
  );
  return names.length - new Set(names).size;
}

function plus(a: Measured, b: Measured): Measured {
  return {
    ...larger(a, b),
    aliases: a.aliases + b.aliases,
    directives: a.directives + b.directives,
    repeats: a.repeats + b.repeats,
    fields: a.fields + b.fields,
  };
}

function larger(a: Measured, b: Measured): Measured {
  return {
    depth: Math.max(a.depth, b.depth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    aliases: Math.max(a.aliases, b.aliases),
    directives: Math.max(a.directives, b.directives),
    repeats: Math.max(a.repeats, b.repeats),
    fields: Math.max(a.fields, b.fields),
  };
}
