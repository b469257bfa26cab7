namespace FloodActors.Payloads;

/// <summary>The settings that payloads depend on.</summary>
/// <param name="Hash">How content becomes an id.</param>
/// <param name="MaxMessageSize"><c>flood.max-message-size</c>: the most bytes an encoded payload may have.</param>
/// <param name="MaxJsonDepth"><c>flood.json.max-depth</c>: how deep arrays and objects may be nested.</param>
/// <param name="HyperionTypes"><c>flood.hyperion.types</c>: the types that object payloads may have.</param>
/// <param name="MaxObjectDepth"><c>flood.hyperion.max-depth</c>: how deep objects and collections may be nested.
/// Hyperion recurses, so it costs stack.</param>
internal sealed record PayloadOptions(
    ContentHash Hash,
    int MaxMessageSize,
    int MaxJsonDepth,
    IReadOnlyList<Type> HyperionTypes,
    int MaxObjectDepth = PayloadOptions.DefaultDepth)
{
    /// <summary>The default of System.Text.Json.</summary>
    public const int DefaultDepth = 64;

    public static PayloadOptions Of(FloodSettings settings) =>
        new(
            settings.ContentHash, settings.MaxMessageSize, settings.JsonMaxDepth, settings.HyperionTypes,
            settings.HyperionMaxDepth);
}
