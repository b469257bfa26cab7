using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Event;
using FloodActors.Host.Output;

namespace FloodActors.Host;

/// <summary>
/// Holds back log lines until the node has started: if it cannot start, the user gets one line with the reason instead
/// of Akka's log.
/// </summary>
internal sealed class LogSetup(Action<string> write) : Setup
{
    private readonly object _gate = new();
    private List<string>? _held = [];
    private bool _discard;

    public LogSetup()
        : this(StandardError.WriteLine)
    {
    }

    public void Write(string line)
    {
        lock (_gate)
        {
            if (_held is not null) _held.Add(line);
            else if (!_discard) write(line);
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            foreach (var line in _held ?? []) write(line);
            _held = null;
        }
    }

    public void Discard()
    {
        lock (_gate) (_held, _discard) = (null, true);
    }
}

/// <summary>
/// Akka's logger of this program: one line on standard error for each entry. It does not use Akka's mailbox for
/// loggers: at the shutdown, that mailbox prints its remaining entries to standard output, whatever
/// <c>stdout-loglevel</c> says, and standard output is for the node's events.
/// </summary>
internal sealed class StderrLogger : UntypedActor
{
    /// <summary>
    /// Warnings of the flood that are also events: <see cref="PeerUnreachable"/> and <see cref="PeerRefused"/>.
    /// </summary>
    private static readonly string[] Events = ["does not answer; dialling goes on", "No link with "];

    private readonly LogSetup _logs;
    private readonly bool _verbose;

    public StderrLogger()
    {
        var settings = Context.System.Settings;
        _logs = settings.Setup.Get<LogSetup>().GetOrElse(new LogSetup());
        _verbose = Logging.LogLevelFor(settings.LogLevel) <= LogLevel.InfoLevel;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent entry:
                Write(entry);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static bool IsEvent(string message) => Events.Any(text => message.Contains(text, StringComparison.Ordinal));

    private void Write(LogEvent entry)
    {
        if (!_verbose && IsToldByTheFlood(entry)) return;
        var cause = entry.Cause is not { } exception ? "" : $": {exception.GetType().Name}: {exception.Message}";
        _logs.Write(
            $"{entry.Timestamp:HH:mm:ss.fff} {entry.LogLevel().StringFor()} {entry.LogSource.Split('#')[0]} "
            + $"{entry.Message}{cause}");
        if (!_verbose) return;
        for (var inner = entry.Cause; inner is not null; inner = inner.InnerException)
            WriteTrace(inner, inner != entry.Cause);
    }

    /// <summary>
    /// Only the stack trace is split into lines; a message may come from a stranger, and stays on one
    /// line.
    /// </summary>
    private void WriteTrace(Exception exception, bool withMessage)
    {
        if (withMessage) _logs.Write($"  caused by {exception.GetType().Name}: {exception.Message}");
        foreach (var line in exception.StackTrace?.Split('\n') ?? []) _logs.Write($"  {line.Trim()}");
    }

    /// <summary>
    /// Remoting warns at every attempt to reach a node that is away, and at the end of each connection. The flood
    /// reports it once, as an event, and the output shows that event.
    /// </summary>
    private static bool IsToldByTheFlood(LogEvent entry)
    {
        if (entry.LogClass == typeof(FloodActor) && IsEvent(entry.Message.ToString()!)) return true;
        if (entry.Cause?.GetType().Name == "EndpointDisassociatedException") return true;
        var isRemoting = entry.LogSource.StartsWith("remoting", StringComparison.Ordinal)
            || entry.LogClass?.Namespace?.StartsWith("Akka.Remote", StringComparison.Ordinal) == true;
        return isRemoting && entry.LogLevel() <= LogLevel.WarningLevel;
    }
}
