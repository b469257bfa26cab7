using System.Text.Json;

namespace FloodActors.Host.Tests;

/// <summary>A line of a node's output, with what tests ask for. Large payloads are kept as their length only.</summary>
internal sealed record NodeEvent(string Name, string? Peer, string? Text, long Length, string? Reason,
    JsonElement? Json)
{
    private const int Kept = 256;

    public static NodeEvent Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        var text = root.TryGetProperty("payload", out var payload) && payload.ValueKind == JsonValueKind.String
            ? payload.GetString() : null;
        return new NodeEvent(
            root.GetProperty("event").GetString()!, StringOf(root, "peer"), text is { Length: > Kept } ? text[..Kept]
                : text, text?.Length ?? 0,
            StringOf(root, "reason") ?? StringOf(root, "message"), text is null or { Length: <= Kept } ? root.Clone()
                : null);
    }

    private static string? StringOf(JsonElement root, string name) => root.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
