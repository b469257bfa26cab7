namespace FloodActors;

/// <summary>A message of a topic with its decoded value, as the topic's subscribers receive it.</summary>
/// <param name="Value">The value, decoded for this subscriber. The type's default when <see cref="IsRemoval"/>.</param>
/// <param name="Message">The message that carried it.</param>
/// <typeparam name="T">The type of the topic's values.</typeparam>
public sealed record TopicMessage<T>(T Value, FloodMessage Message)
{
    /// <summary>The topic's name.</summary>
    public string Topic => Message.Topic!;

    /// <summary>The key of which it is the latest value; null for none.</summary>
    public string? Key => Message.Key;

    /// <summary>Whether the key was removed.</summary>
    public bool IsRemoval => Message.IsRemoval;

    /// <inheritdoc cref="FloodMessage.Origin"/>
    public string Origin => Message.Origin;

    /// <summary>When its origin appended it, by that node's clock: claimed, like <see cref="Origin"/>.</summary>
    public DateTimeOffset Time => Message.Appended ?? Message.Received;

    /// <inheritdoc cref="FloodMessage.Id"/>
    public MessageId Id => Message.Id;
}
