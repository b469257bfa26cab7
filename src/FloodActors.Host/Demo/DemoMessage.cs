using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FloodActors.Host.Demo;

/// <summary>
/// The demo's messages: a number in eight hexadecimal digits, padded to the requested size.
/// </summary>
internal static class DemoMessage
{
    public const int MinSize = 8;

    public static string Create(int number, int size) =>
        number.ToString("x8", CultureInfo.InvariantCulture).PadRight(size, '.');

    /// <summary>The number; -1 when it is not a message of the demo.</summary>
    public static int NumberOf(FloodMessage message) =>
        message.Kind == PayloadKind.Text && message.Body.Length >= MinSize
        && Utf8Parser.TryParse(message.Body.Span[..MinSize], out int number, out var used, 'x') && used == MinSize
            ? number : -1;
}
