using System.CommandLine;

namespace FloodActors.Host.Verbs;

/// <summary>A verb of <c>flood</c>, with examples for its help.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Commands, as a user with the tool installed types them.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;
}
