namespace FloodActors.Streams.Json;

/// <summary>
/// The memory of the values that have begun and are not in the log yet, over all JSON connections of a flood. When
/// the budget is used up, the value that began first is evicted: such an attack consists of slow
/// values, while values of honest peers are complete within moments. Thread-safe.
/// </summary>
internal sealed class ValueBudget
{
    private readonly Lock _gate = new();

    /// <summary>In the order in which their values began.</summary>
    private readonly LinkedList<ValueMemory> _unfinished = [];

    private long _used;

    /// <summary>Bytes held.</summary>
    public long Used
    {
        get
        {
            lock (_gate) return _used;
        }
    }

    /// <summary>
    /// Takes memory for a value, if necessary from older ones. Returns false when the value itself is the oldest.
    /// </summary>
    public bool TryTake(ValueMemory memory, int bytes, long limit)
    {
        List<ValueMemory>? evicted = null;
        var taken = false;
        lock (_gate)
        {
            if (memory.Place is null && !memory.IsEvicted) memory.Place = _unfinished.AddLast(memory);
            while (!memory.IsEvicted && _used + bytes - memory.Held > limit)
            {
                var oldest = _unfinished.First!.Value;
                Remove(oldest);
                oldest.IsEvicted = true;
                if (oldest != memory) (evicted ??= []).Add(oldest);
            }
            if (!memory.IsEvicted)
            {
                _used += bytes - memory.Held;
                memory.Held = bytes;
                taken = true;
            }
        }
        // Their memory is free already; their stages end when they run next.
        evicted?.ForEach(old => old.Evict());
        return taken;
    }

    /// <summary>Gives a value the memory that was taken for it, unless the value has been evicted since.</summary>
    public bool TryUse(ValueMemory memory, byte[] bytes)
    {
        lock (_gate)
        {
            if (!memory.IsEvicted) memory.Bytes = bytes;
            return !memory.IsEvicted;
        }
    }

    /// <summary>
    /// The value is complete. It cannot be evicted any more, and its memory counts until it is released.
    /// </summary>
    public void Keep(ValueMemory memory)
    {
        lock (_gate) RemoveFromOrder(memory);
    }

    /// <summary>Returns a value's memory to the budget.</summary>
    public void Release(ValueMemory memory)
    {
        lock (_gate) Remove(memory);
    }

    private void Remove(ValueMemory memory)
    {
        RemoveFromOrder(memory);
        _used -= memory.Held;
        (memory.Held, memory.Bytes) = (0, null);
    }

    private void RemoveFromOrder(ValueMemory memory)
    {
        if (memory.Place is { } place) _unfinished.Remove(place);
        memory.Place = null;
    }
}

/// <summary>The memory of a <see cref="ValueBudget"/> that the current value of one connection holds.</summary>
/// <param name="budget">The budget.</param>
/// <param name="limit">
/// The budget's size by this connection's settings (<c>flood-streams.json.unfinished-bytes</c>).
/// </param>
internal sealed class ValueMemory(ValueBudget budget, long limit)
{
    /// <summary>Called from any thread when the memory is needed for others.</summary>
    public Action Evict { get; set; } = () => { };

    /// <summary>For the budget.</summary>
    internal LinkedListNode<ValueMemory>? Place { get; set; }

    /// <inheritdoc cref="Place"/>
    internal int Held { get; set; }

    /// <inheritdoc cref="Place"/>
    internal bool IsEvicted { get; set; }

    /// <inheritdoc cref="Place"/>
    internal byte[]? Bytes { get; set; }

    /// <summary>
    /// The value's bytes. No other reference to them is kept, so the memory is free as soon as others need it.
    /// </summary>
    /// <exception cref="FloodStreamException">The memory was needed for others.</exception>
    public byte[] Buffer => Bytes ?? throw TooSlow();

    /// <summary>Gives the value a buffer of that size that begins with its bytes so far.</summary>
    /// <exception cref="FloodStreamException">There is no memory for this value.</exception>
    public void Take(int size, ReadOnlySpan<byte> soFar)
    {
        if (!budget.TryTake(this, size, limit)) throw TooSlow();
        var bytes = new byte[size];
        soFar.CopyTo(bytes);
        if (!budget.TryUse(this, bytes)) throw TooSlow();
    }

    public void Keep() => budget.Keep(this);

    public void Release() => budget.Release(this);

    public FloodStreamException TooSlow() => new(
        "",
        LinkEnd.Timeout,
        "a value took so long that its memory was needed for others: " +
        $"together they have {limit} bytes (flood-streams.json.unfinished-bytes)");
}
