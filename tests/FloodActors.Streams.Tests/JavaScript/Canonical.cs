using System.Globalization;
using System.Text.Json;

namespace FloodActors.Streams.Tests.JavaScript;

/// <summary>
/// Equal values, equal texts: written anew and plainly, so that the library's own canonical form is not its own judge.
/// </summary>
internal static class Canonical
{
    public static string Of(string json) => Of(JsonElement.Parse(json));

    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Of))}]",
        JsonValueKind.Object =>
            $"{{{string.Join(',', value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(Of))}}}",
        JsonValueKind.Number => (value.GetDouble() + 0.0).ToString("E16", CultureInfo.InvariantCulture),
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
        _ => value.GetRawText(),
    };

    private static string Of(JsonProperty member) => $"{JsonSerializer.Serialize(member.Name)}:{Of(member.Value)}";
}
