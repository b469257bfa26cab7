using System.Buffers.Binary;
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Hyperion;
using Hyperion.SerializerFactories;
using Hyperion.ValueSerializers;

namespace FloodActors.Payloads;

/// <summary>
/// Reads and writes sets and dictionaries that place their elements by hash code, in place of Hyperion's own factories
/// and in the same format, but within a <see cref="KeyBudget"/>: both ways, so that other nodes can read what this
/// node sends.
/// </summary>
internal sealed class HashCollectionFactory : ValueSerializerFactory
{
    private static readonly Dictionary<Type, Type> Forms = new()
    {
        [typeof(HashSet<>)] = typeof(HashSetForm<>),
        [typeof(ImmutableHashSet<>)] = typeof(ImmutableHashSetForm<>),
        [typeof(Dictionary<,>)] = typeof(DictionaryForm<,>),
        [typeof(ImmutableDictionary<,>)] = typeof(ImmutableDictionaryForm<,>),
    };

    public override bool CanSerialize(Serializer serializer, Type type)
        => type.IsGenericType && Forms.ContainsKey(type.GetGenericTypeDefinition());

    public override bool CanDeserialize(Serializer serializer, Type type) => CanSerialize(serializer, type);

    public override ValueSerializer BuildSerializer(
        Serializer serializer, Type type, ConcurrentDictionary<Type, ValueSerializer> typeMapping)
    {
        var formType = Forms[type.GetGenericTypeDefinition()].MakeGenericType(type.GetGenericArguments());
        var form = (IHashCollectionForm)Activator.CreateInstance(formType)!;
        var built = new ObjectSerializer(type);
        if (!typeMapping.TryAdd(type, built))
            return typeMapping[type];
        built.Initialize(
            (stream, session) => form.Read(new ElementReader(stream, (PayloadReadSession)session)),
            (stream, value, session) => form.Write(value, stream, (PayloadWriteSession)session));
        return built;
    }
}

/// <summary>A payload being read.</summary>
internal sealed class PayloadReadSession(Serializer serializer) : DeserializerSession(serializer)
{
    public KeyBudget Keys { get; } = new();
}

/// <summary>A payload being written.</summary>
internal sealed class PayloadWriteSession(Serializer serializer) : SerializerSession(serializer)
{
    public KeyBudget Keys { get; } = new();
}

/// <summary>One collection type.</summary>
internal interface IHashCollectionForm
{
    object Read(ElementReader elements);

    void Write(object collection, Stream to, PayloadWriteSession session);
}

/// <summary>A count and the elements that follow it. The scan has checked that all of them are present.</summary>
internal readonly struct ElementReader
{
    private readonly Stream _stream;

    public ElementReader(Stream stream, PayloadReadSession session)
    {
        (_stream, Session) = (stream, session);
        Span<byte> count = stackalloc byte[sizeof(int)];
        stream.ReadExactly(count);
        Count = BinaryPrimitives.ReadInt32LittleEndian(count);
    }

    public int Count { get; }

    public PayloadReadSession Session { get; }

    public object? Next() => Session.Serializer.GetDeserializerByManifest(_stream, Session).ReadValue(_stream, Session);
}

/// <summary>Elements as Hyperion writes them.</summary>
internal static class ElementWriter
{
    private const byte Null = 0;

    public static void Write(Stream to, int count, IEnumerable elements, SerializerSession session)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, count);
        to.Write(length);
        var written = 0;
        foreach (var element in elements)
        {
            written++;
            if (element is null)
            {
                to.WriteByte(Null);
                continue;
            }

            var serializer = session.Serializer.GetSerializerByType(element.GetType());
            serializer.WriteManifest(to, session);
            serializer.WriteValue(to, element, session);
        }

        Debug.Assert(written == count, "a collection has as many elements as it says");
    }

    /// <summary>
    /// The number of buckets of a set or dictionary with that many elements on the node that reads
    /// it.
    /// </summary>
    public static int Buckets(int count) => new HashSet<int>(count).EnsureCapacity(0);
}

internal sealed class HashSetForm<T> : IHashCollectionForm
{
    public object Read(ElementReader elements)
    {
        var keys = new T[elements.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = (T)elements.Next()!;
        var set = new HashSet<T>(keys.Length);
        elements.Session.Keys.Spend<T>(keys, set.EnsureCapacity(0));
        set.UnionWith(keys);
        return set;
    }

    public void Write(object collection, Stream to, PayloadWriteSession session)
    {
        var set = (HashSet<T>)collection;
        session.Keys.Spend<T>([.. set], ElementWriter.Buckets(set.Count));
        ElementWriter.Write(to, set.Count, set, session);
    }
}

internal sealed class ImmutableHashSetForm<T> : IHashCollectionForm
{
    public object Read(ElementReader elements)
    {
        var keys = new T[elements.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = (T)elements.Next()!;
        elements.Session.Keys.Spend<T>(keys, buckets: 0);
        return ImmutableHashSet.Create(keys);
    }

    public void Write(object collection, Stream to, PayloadWriteSession session)
    {
        var set = (ImmutableHashSet<T>)collection;
        session.Keys.Spend<T>([.. set], buckets: 0);
        ElementWriter.Write(to, set.Count, set, session);
    }
}

internal sealed class DictionaryForm<TKey, TValue> : IHashCollectionForm
    where TKey : notnull
{
    public object Read(ElementReader elements)
    {
        var (keys, values) = (new TKey[elements.Count], new TValue[elements.Count]);
        for (var i = 0; i < keys.Length; i++)
        {
            var entry = (DictionaryEntry)elements.Next()!;
            (keys[i], values[i]) = ((TKey)entry.Key, (TValue)entry.Value!);
        }

        var dictionary = new Dictionary<TKey, TValue>(keys.Length);
        elements.Session.Keys.Spend<TKey>(keys, dictionary.EnsureCapacity(0));
        for (var i = 0; i < keys.Length; i++)
            dictionary.Add(keys[i], values[i]);
        return dictionary;
    }

    public void Write(object collection, Stream to, PayloadWriteSession session)
    {
        var dictionary = (Dictionary<TKey, TValue>)collection;
        session.Keys.Spend<TKey>([.. dictionary.Keys], ElementWriter.Buckets(dictionary.Count));
        ElementWriter.Write(to, dictionary.Count, Entries(dictionary), session);
    }

    private static IEnumerable<DictionaryEntry> Entries(Dictionary<TKey, TValue> dictionary)
        => dictionary.Select(pair => new DictionaryEntry(pair.Key, pair.Value));
}

internal sealed class ImmutableDictionaryForm<TKey, TValue> : IHashCollectionForm
    where TKey : notnull
{
    public object Read(ElementReader elements)
    {
        var pairs = new KeyValuePair<TKey, TValue>[elements.Count];
        var keys = new TKey[elements.Count];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = (KeyValuePair<TKey, TValue>)elements.Next()!;
            keys[i] = pairs[i].Key;
        }

        elements.Session.Keys.Spend<TKey>(keys, buckets: 0);
        return ImmutableDictionary.CreateRange(pairs);
    }

    public void Write(object collection, Stream to, PayloadWriteSession session)
    {
        var dictionary = (ImmutableDictionary<TKey, TValue>)collection;
        session.Keys.Spend<TKey>([.. dictionary.Keys], buckets: 0);
        ElementWriter.Write(to, dictionary.Count, dictionary, session);
    }
}
