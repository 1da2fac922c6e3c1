/** The language server's life: started, restarted, told of settings and trust, asked and listened to. */
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  TransportKind,
  type ErrorHandler,
  type LanguageClientOptions,
  type RequestType,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { locateServer, ServerNotFoundError, type ServerCommand } from './locate';
import {
  InputRequest,
  OutputNotification,
  ReloadedNotification,
  serverCommands,
  StatusNotification,
  type Evaluation,
  type InterpreterStatus,
  type ReloadReport,
} from './protocol';
import { settingsForServer, type Manifest } from './settings';

export type ServerState = 'stopped' | 'starting' | 'running' | 'missing' | 'failed';

/** An evaluation with the text that its ranges speak of: its edit may have changed the document since. */
export interface Evaluated {
  uri: string;
  text: string;
  evaluation: Evaluation;
}

/** Settings that decide which server runs: a change of one starts it anew. */
const startSettings = ['holefit.serverPath', 'holefit.serverArguments'];

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private command: ServerCommand | undefined;
  private queue: Promise<void> = Promise.resolve();
  private state_: ServerState = 'stopped';
  private sentSettings = new Set<string>();

  private readonly stateChanged = new vscode.EventEmitter<ServerState>();
  private readonly status = new vscode.EventEmitter<InterpreterStatus>();
  private readonly reloaded = new vscode.EventEmitter<ReloadReport>();
  private readonly evaluated = new vscode.EventEmitter<Evaluated>();
  private readonly subscriptions: vscode.Disposable[];

  readonly onStateChanged = this.stateChanged.event;
  readonly onStatus = this.status.event;
  readonly onReloaded = this.reloaded.event;
  /** Fires for evaluations by lens too, which go to the server without passing our commands. */
  readonly onEvaluated = this.evaluated.event;

  constructor(
    readonly output: vscode.LogOutputChannel,
    /** What the user's code prints. */
    readonly programOutput: vscode.OutputChannel,
    private readonly manifest: Manifest,
    private readonly installed: string,
  ) {
    this.subscriptions = [
      vscode.workspace.onDidChangeConfiguration((event) => this.configurationChanged(event)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.trustGranted()),
      this.stateChanged,
      this.status,
      this.reloaded,
      this.evaluated,
    ];
  }

  get state(): ServerState {
    return this.state_;
  }

  /** Starts the server; says so where it cannot. Never throws. */
  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  /** Sends a request; throws when the server is not running. */
  async request<P, R, E>(type: RequestType<P, R, E>, params: P, token?: vscode.CancellationToken): Promise<R> {
    if (!this.client || this.state_ !== 'running') throw new Error('the Holefit server is not running');
    // A token that is undefined would be sent as one more parameter.
    return token ? this.client.sendRequest<R>(type.method, params, token) : this.client.sendRequest<R>(type.method, params);
  }

  /** LSP's values and VS Code's. */
  get convert(): { toCode: LanguageClient['protocol2CodeConverter']; toLsp: LanguageClient['code2ProtocolConverter'] } | undefined {
    return this.client && { toCode: this.client.protocol2CodeConverter, toLsp: this.client.code2ProtocolConverter };
  }

  reportEvaluation(evaluated: Evaluated): void {
    this.evaluated.fire(evaluated);
  }

  dispose(): void {
    void this.stop();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(action, action);
    return this.queue;
  }

  private async startNow(): Promise<void> {
    if (this.client) return;
    this.setState('starting');
    this.sentSettings = new Set();
    try {
      this.command = await locateServer(this.installed);
    } catch (error) {
      if (!(error instanceof ServerNotFoundError)) throw error;
      this.output.error(error.message);
      this.setState('missing');
      void this.offerToMend(error.message);
      return;
    }
    const { command, args, origin } = this.command;
    this.output.info(`starting ${command} ${args.join(' ')} (${origin})`);
    const client = new LanguageClient(
      'holefit',
      'Holefit',
      { command, args, transport: TransportKind.stdio, options: { env: { ...process.env, PYTHONUTF8: '1' } } },
      this.clientOptions(),
    );
    this.client = client;
    client.registerFeature(answersInput);
    client.onRequest(InputRequest, async ({ prompt, secret }, token) => ({ text: (await askLine(prompt, secret, token)) ?? null }));
    client.onNotification(StatusNotification, (status) => this.status.fire(status));
    client.onNotification(ReloadedNotification, (report) => this.reloaded.fire(report));
    client.onNotification(OutputNotification, ({ text }) => this.programOutput.append(text));
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Running) this.setState('running');
      if (newState === State.Starting) this.setState('starting');
      if (newState === State.Stopped && this.state_ !== 'failed') this.setState('stopped');
    });
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      this.setState('failed');
      const message = `The Holefit server did not start: ${error instanceof Error ? error.message : String(error)}`;
      this.output.error(message);
      void this.offerToMend(message);
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (!client) return;
    this.setState('stopped');
    try {
      await client.dispose(3000);
    } catch (error) {
      this.output.warn(`the server did not stop in order: ${String(error)}`);
    }
  }

  private clientOptions(): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: 'file', language: 'python' }],
      outputChannel: this.output,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      errorHandler: restartsWithin(4, 180_000),
      initializationOptions: () => settingsForServer(this.manifest, this.sentSettings),
      markdown: { isTrusted: false, supportHtml: false },
      middleware: {
        executeCommand: async (command, args, next) => {
          const uri = documentOf(args) ?? '';
          const text = command === serverCommands.evaluate ? textOf(uri) : '';
          const result: unknown = await next(command, args);
          if (command === serverCommands.evaluate && isEvaluation(result)) this.reportEvaluation({ uri, text, evaluation: result });
          return result;
        },
        handleDiagnostics: (uri, diagnostics, next) => next(uri, diagnostics.map(shortened)),
        provideDiagnostics: async (document, previousResultId, token, next) => {
          const report = await next(document, previousResultId, token);
          return report && 'items' in report ? { ...report, items: report.items.map(shortened) } : report;
        },
        workspace: {
          // The library would send every setting with its default; configurationChanged sends what counts.
          didChangeConfiguration: async () => undefined,
          configuration: async (params, token, next) => {
            const answers = await next(params, token);
            if (!Array.isArray(answers)) return answers;
            return params.items.map((item, index) =>
              item.section === 'holefit'
                ? settingsForServer(this.manifest, this.sentSettings, item.scopeUri ? vscode.Uri.parse(item.scopeUri) : undefined)
                : answers[index],
            );
          },
        },
      },
    };
  }

  private configurationChanged(event: vscode.ConfigurationChangeEvent): void {
    if (!event.affectsConfiguration('holefit')) return;
    if (startSettings.some((setting) => event.affectsConfiguration(setting))) void this.restart();
    else void this.sendSettings();
  }

  /** The workspace's own server may be used from now on; if it is the one that runs already, it only has to be told. */
  private async trustGranted(): Promise<void> {
    const wanted = await locateServer(this.installed).catch(() => undefined);
    if (wanted?.command !== this.command?.command) await this.restart();
    else await this.sendSettings();
  }

  private async sendSettings(): Promise<void> {
    if (this.state_ !== 'running') return;
    await this.client?.sendNotification('workspace/didChangeConfiguration', { settings: { holefit: settingsForServer(this.manifest, this.sentSettings) } });
  }

  private async offerToMend(message: string): Promise<void> {
    const buttons = { Install: 'holefit.installServer', 'Open Settings': 'holefit.openServerSetting', 'Show Output': 'holefit.showOutput', 'Try Again': 'holefit.restartServer' };
    const chosen = await vscode.window.showErrorMessage(message, ...Object.keys(buttons));
    if (chosen) await vscode.commands.executeCommand(buttons[chosen as keyof typeof buttons]);
  }

  private setState(state: ServerState): void {
    this.state_ = state;
    void vscode.commands.executeCommand('setContext', 'holefit.running', state === 'running');
    this.stateChanged.fire(state);
  }
}

/** Tells the server that it may ask for input. */
const answersInput: StaticFeature = {
  fillClientCapabilities: (capabilities) => {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), holefit: { input: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: 'static' }),
  clear: () => undefined,
};

/** A line for the program that runs; undefined when the box is closed, or the program waits no longer. */
function askLine(prompt: string, secret: boolean, token: vscode.CancellationToken): Thenable<string | undefined> {
  return vscode.window.showInputBox({ title: 'The program reads a line', prompt: prompt.trim(), password: secret, ignoreFocusOut: true }, token);
}

function isEvaluation(value: unknown): value is Evaluation {
  return typeof value === 'object' && value !== null && Array.isArray((value as Evaluation).results);
}

/** The document of a command's argument: `{uri, range?}`, or the URI itself. */
function documentOf(args: unknown[]): string | undefined {
  const first = args[0] as { uri?: string } | string | undefined;
  return typeof first === 'string' ? first : first?.uri;
}

function textOf(uri: string): string {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === vscode.Uri.parse(uri).toString())?.getText() ?? '';
}

/** A hole's message without its fits: the hover right below it, the quick fix and the Goals view tell them better. */
function shortened(diagnostic: vscode.Diagnostic): vscode.Diagnostic {
  if (diagnostic.source === 'holefit' && diagnostic.code === 'hole') diagnostic.message = diagnostic.message.split('\nFits')[0] ?? diagnostic.message;
  return diagnostic;
}

/**
 * A server that dies is started again, `times` in `milliseconds` at most. Writes that fail in the moment between its death and the
 * client's notice of it count for nothing: the library's own handler would take four of them for a reason to give up.
 */
function restartsWithin(times: number, milliseconds: number): ErrorHandler {
  const deaths: number[] = [];
  return {
    error: () => ({ action: ErrorAction.Continue }),
    closed: () => {
      const now = Date.now();
      deaths.push(now);
      while (deaths[0]! < now - milliseconds) deaths.shift();
      if (deaths.length <= times) return { action: CloseAction.Restart };
      return { action: CloseAction.DoNotRestart, message: `The Holefit server died ${deaths.length} times in ${milliseconds / 60_000} minutes; its output says why.` };
    },
  };
}
