import type { DocumentNode, GraphQLSchema } from 'graphql';
import { GraphQLError, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import { withCode } from '../schema/errors.ts';
import type { Limits } from './limits.ts';
import type { Measured } from './measure.ts';
import { measure } from './measure.ts';
import { BAD_DOCUMENT, refusal, withHttp } from './refusal.ts';

const CACHED_DOCUMENTS = 500;
const LONGEST_CACHED = 16 * 1024;
const MOST_ERRORS = 20;

/** Reads documents; what was read before is remembered. */
export interface Documents {
  /** Parses and measures; looks at no schema. Throws BAD_USER_INPUT. */
  read(text: string): DocumentNode;
  /** What is wrong with it by our schema, questions about the schema itself included when they may not be asked. */
  check(document: DocumentNode, mayAskForSchema: boolean): readonly GraphQLError[];
}

const OPEN_RULES = specifiedRules;
const CLOSED_RULES = [...specifiedRules, NoSchemaIntrospectionCustomRule];

export function createDocuments(schema: GraphQLSchema, limits: Limits): Documents {
  const documents = new Map<string, DocumentNode>();
  const checked = { open: new WeakMap<DocumentNode, Errors>(), closed: new WeakMap<DocumentNode, Errors>() };
  return {
    read: (text) => {
      const known = documents.get(text);
      const document = known ?? readDocument(text, limits);
      // Put back behind the others: the first of the map is the one that was not used for longest.
      documents.delete(text);
      if (text.length <= LONGEST_CACHED) documents.set(text, document);
      for (const oldest of documents.keys()) {
        if (documents.size <= CACHED_DOCUMENTS) break;
        documents.delete(oldest);
      }
      return document;
    },
    check: (document, mayAskForSchema) => {
      const cache = mayAskForSchema ? checked.open : checked.closed;
      const known = cache.get(document);
      const errors = known ?? checkDocument(schema, document, mayAskForSchema);
      if (!known) cache.set(document, errors);
      return errors;
    },
  };
}

type Errors = readonly GraphQLError[];

function readDocument(text: string, limits: Limits): DocumentNode {
  const document = parseDocument(text, limits);
  const measured = measure(document);
  for (const [name, word] of JUDGED) {
    if (measured[name] > limits[name]) {
      throw refusal(
        `${word} is ${String(measured[name])}, the limit is ${limits[name]}: ask for less at once.`,
      );
    }
  }
  return document;
}

const JUDGED = [
  ['depth', 'The depth of the document'],
  ['introspectionDepth', 'The depth of the introspection'],
  ['aliases', 'The number of aliases'],
  ['directives', 'The number of directives'],
  ['repeats', 'The number of repeated fields'],
  ['fields', 'The number of fields'],
] as const satisfies [keyof Measured, string][];

function parseDocument(text: string, limits: Limits): DocumentNode {
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    throw error instanceof GraphQLError ? withHttp(withCode(error), BAD_DOCUMENT) : error;
  }
}

function checkDocument(schema: GraphQLSchema, document: DocumentNode, mayAskForSchema: boolean): Errors {
  const rules = mayAskForSchema ? OPEN_RULES : CLOSED_RULES;
  const errors = validate(schema, document, rules, { maxErrors: MOST_ERRORS });
  return errors.map((error) => withHttp(withCode(error), BAD_DOCUMENT));
}
