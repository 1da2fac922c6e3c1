/**
 * The server's own requests and notifications, as docs/protocol.md describes them, and the ids of its commands.
 * Everything that is standard LSP is in vscode-languageclient.
 */
import {
  NotificationType,
  RequestType,
  type Position,
  type Range,
  type TextDocumentIdentifier,
  type WorkspaceEdit,
} from 'vscode-languageclient/node';

/** Commands that the server runs. The client registers them under these very ids, so ours have other ones. */
export const serverCommands = {
  evaluate: 'holefit.evaluate',
  clear: 'holefit.clear',
  reload: 'holefit.reload',
} as const;

export interface Binding {
  name: string;
  type: string;
  value?: string | null;
}

export interface Fit {
  text: string;
  type: string;
  kind: 'fit' | 'refinement' | 'split' | 'search';
  level: number;
  provenance: string;
  importText?: string | null;
  examples?: 'passed' | 'failed' | null;
  documentation?: string | null;
  edit: WorkspaceEdit;
}

export interface Hole {
  range: Range;
  name: string;
  expected: string;
  constraints: string[];
  bindings: Binding[];
  fits: Fit[];
  complete: boolean;
  elapsedMs: number;
}

/** What answers a search by type; `edit` puts it at the place that was asked for. */
export interface Match {
  name: string;
  module: string;
  kind: string;
  signature: string;
  importText?: string;
  cost: number;
  deprecated?: boolean;
  private?: boolean;
  location?: { uri: string; range: Range };
  edit?: WorkspaceEdit;
}

export interface SnippetResult {
  range: Range;
  ok: boolean;
  text: string;
  stdout: string;
  /** Further representations by MIME type: text, or base64 for binary ones. */
  mime: Record<string, string>;
  durationMs: number;
  generation: number;
  /** What kept the snippet from running or its result from being written; empty otherwise. */
  note?: string;
  frames?: { path: string; line: number; function: string; text: string }[];
}

export interface Evaluation {
  results: SnippetResult[];
  edit?: WorkspaceEdit | null;
}

export interface ReloadReport {
  generation: number;
  reloaded: string[];
  kept: { module: string; name: string; reason: string }[];
  removed: { module: string; name: string }[];
  errors: { module: string; uri?: string; range?: Range | null; message: string }[];
  staleFrames: { module: string; function: string; line: number; thread?: string }[];
}

export type InterpreterState = 'stopped' | 'starting' | 'idle' | 'busy' | 'dead';

export interface InterpreterStatus {
  state: InterpreterState;
  pid?: number | null;
  python?: string | null;
  version?: string | null;
  generation: number;
  /** The workspace folder that it belongs to; absent when there is one only. */
  root?: string | null;
  message?: string | null;
  /** The ids of evaluations that are stopped, newest first. */
  stops?: number[];
}

/** An evaluation that stands still. Lines are 1-based, the innermost frame comes first. */
export interface Stop {
  id: number;
  thread?: string | null;
  exception?: string | null;
  note?: string | null;
  frames: { uri?: string | null; path: string; line: number; function: string; text: string; variables: { name: string; type: string; text: string }[] }[];
}

export interface Stops {
  stops: Stop[];
  finished?: { ok: boolean; text: string; stdout: string; stderr: string };
}

export type StopAction = 'continue' | 'step' | 'stepOver' | 'stepOut' | 'abandon';

export const HolesRequest = new RequestType<{ textDocument: TextDocumentIdentifier; position?: Position }, Hole[], void>('holefit/holes');
export const SearchRequest = new RequestType<
  { query: string; limit?: number; textDocument?: TextDocumentIdentifier; position?: Position },
  Match[],
  void
>('holefit/search');
export const EvaluateRequest = new RequestType<{ textDocument: TextDocumentIdentifier; range?: Range }, Evaluation, void>('holefit/evaluate');
export const ReloadRequest = new RequestType<{ textDocument?: TextDocumentIdentifier }, ReloadReport, void>('holefit/reload');
export const InterpreterRequest = new RequestType<
  { action?: 'start' | 'interrupt' | 'restart' | 'stop' | 'checkpoint' | 'restore'; textDocument?: TextDocumentIdentifier },
  InterpreterStatus,
  void
>('holefit/interpreter');

export const StopsRequest = new RequestType<{ action?: StopAction; textDocument?: TextDocumentIdentifier }, Stops, void>('holefit/stops');

/** The one request that the server makes: a line for the program that runs; null is the end of its input. */
export const InputRequest = new RequestType<{ root: string; prompt: string; secret: boolean }, { text: string | null }, void>('holefit/input');

export const StatusNotification = new NotificationType<InterpreterStatus>('holefit/status');
export const ReloadedNotification = new NotificationType<ReloadReport>('holefit/reloaded');
export const OutputNotification = new NotificationType<{ stream: string; text: string }>('holefit/output');
