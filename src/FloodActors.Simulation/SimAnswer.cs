using FloodActors.Core;

namespace FloodActors.Simulation;

/// <summary>A caller that waits for a node: answered at most once, and not after it has been forgotten.</summary>
internal abstract class SimAnswer(SimNode node, string what)
{
    public SimNode Node { get; } = node;

    public string What { get; } = what;

    /// <summary>Answered, given up, or forgotten.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The outcome, when there was one.</summary>
    public object? Outcome { get; private set; }

    public void Forget() => IsOver = true;

    protected void Over(object? outcome)
    {
        if (IsOver)
        {
            Node.World.Oracle.Break(
                Guarantee.NothingSilent, $"{Node.Name} answers {What} although nobody waits for it any longer");
        }
        (IsOver, Outcome) = (true, outcome);
    }
}

/// <inheritdoc/>
internal sealed class SimAnswer<T>(SimNode node, string what, Action<T>? check = null)
    : SimAnswer(node, what), IAnswer<T>
{
    public void Answer(T outcome)
    {
        Over(outcome);
        check?.Invoke(outcome);
    }

    public void GiveUp(string why) => Over(null);
}
