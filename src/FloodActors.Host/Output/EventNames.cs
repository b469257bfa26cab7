namespace FloodActors.Host.Output;

/// <summary>The names of the objects of <c>--json</c>. docs/node-program.md lists the fields of each.</summary>
internal static class EventNames
{
    public const string Listening = "listening";
    public const string Serving = "serving";
    public const string Connected = "connected";
    public const string Disconnected = "disconnected";
    public const string Refused = "refused";
    public const string Unreachable = "unreachable";
    public const string Appended = "appended";
    public const string Rejected = "rejected";
    public const string Message = "message";
    public const string Dropped = "dropped";
    public const string Lagged = "lagged";
    public const string Peers = "peers";
    public const string Data = "data";
    public const string Stats = "stats";
    public const string Error = "error";
}
