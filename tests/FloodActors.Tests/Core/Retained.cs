using System.Reflection;
using System.Runtime.CompilerServices;

namespace FloodActors.Tests.Core;

/// <summary>
/// Bytes that an object keeps alive, by walking its fields: unlike a look at the heap it does not hear what other tests
/// leave behind. Types, delegates and comparers are shared and not counted.
/// </summary>
internal static class Retained
{
    private const int ObjectHeader = 16;
    private const int ArrayHeader = 24;

    public static long By(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<object>([root]);
        long bytes = 0;
        while (waiting.TryPop(out var next))
        {
            if (next is Type or Delegate or System.Collections.IEqualityComparer || !seen.Add(next)) continue;
            var type = next.GetType();
            if (next is string text)
            {
                bytes += 22 + (2 * text.Length);
            }
            else if (next is Array array)
            {
                var element = type.GetElementType()!;
                bytes += ArrayHeader + ((long)array.Length * SizeOf(element));
                if (!RuntimeHelpersHasReferences(element)) continue;
                foreach (var item in array)
                {
                    if (item is null) continue;
                    if (element.IsValueType) PushFields(item, element, waiting);
                    else waiting.Push(item);
                }
            }
            else
            {
                bytes += ObjectHeader + PushFields(next, type, waiting);
            }
        }
        return bytes;
    }

    /// <summary>Pushes what the fields refer to, those of structs inside included; answers their size.</summary>
    private static long PushFields(object owner, Type type, Stack<object> waiting)
    {
        long size = 0;
        for (
            var level = type;
            level is not null && level != typeof(object) && level != typeof(ValueType);
            level = level.BaseType)
        {
            foreach (var field in level.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                size += SizeOf(field.FieldType);
                if (field.FieldType.IsPrimitive || field.FieldType.IsEnum || field.FieldType.IsPointer
                    || field.GetValue(owner) is not { } value)
                    continue;
                if (field.FieldType.IsValueType) PushFields(value, field.FieldType, waiting);
                else waiting.Push(value);
            }
        }
        return size;
    }

    private static int SizeOf(Type type) => type.IsValueType
        ? (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!
        : IntPtr.Size;

    private static bool RuntimeHelpersHasReferences(Type type) =>
        (bool)typeof(RuntimeHelpers).GetMethod(
            nameof(RuntimeHelpers.IsReferenceOrContainsReferences))!.MakeGenericMethod(type).Invoke(null, null)!;
}
