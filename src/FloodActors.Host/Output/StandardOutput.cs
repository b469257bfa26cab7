using System.Runtime.InteropServices;

namespace FloodActors.Host.Output;

/// <summary>Standard output cannot be written.</summary>
internal class StandardOutputException(string why) : IOException($"standard output cannot be written: {why}.");

/// <summary>The reader of standard output has gone.</summary>
internal sealed class ReaderGoneException() : StandardOutputException("its reader has gone");

/// <summary>
/// Standard output by its descriptor. <see cref="Console"/> says nothing when the reader of a pipe has gone, and a <see
/// cref="FileStream"/> keeps a position of its own, which overwrites what standard error writes to the same file.
/// </summary>
internal sealed class StandardOutput : WriteOnlyStream
{
    private const int Descriptor = 1;

    private StandardOutput()
    {
    }

    /// <summary>
    /// Whether the program was started without a standard output. Its descriptor is then free, or the
    /// runtime has used it for something of its own: the runtime marks all of its descriptors close-on-exec, and a
    /// descriptor that this program inherited cannot have that mark.
    /// </summary>
    public static bool IsClosed => WasClosed(Descriptor);

    /// <summary>The same for standard input.</summary>
    public static bool IsInputClosed => WasClosed(0);

    public static Stream Open() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput();

    /// <summary>
    /// Waits until the reader of a pipe has gone; true when it has. Where that cannot be observed, only a failed write
    /// shows it.
    /// </summary>
    public static bool WaitUntilReaderIsGone()
    {
        if (OperatingSystem.IsWindows()) return false;
        var poll = new Native.PollDescriptor { Descriptor = Descriptor };
        while (Native.poll(ref poll, 1, -1) < 0)
            if (Marshal.GetLastPInvokeError() != Native.Interrupted) return false;
        return (poll.Happened & (Native.ErrorEvent | Native.HangUpEvent)) != 0;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = Native.write(Descriptor, ref MemoryMarshal.GetReference(buffer), buffer.Length);
            if (written >= 0) buffer = buffer[(int)written..];
            else Handle(Marshal.GetLastPInvokeError());
        }
    }

    private static bool WasClosed(int descriptor) =>
        !OperatingSystem.IsWindows()
            && Native.fcntl(descriptor, Native.GetDescriptorFlags) is < 0 or Native.CloseOnExec;

    private static void Handle(int error)
    {
        switch (error)
        {
            case Native.Interrupted:
                return;
            case Native.BrokenPipe:
                throw new ReaderGoneException();
            case Native.WouldBlockLinux or Native.WouldBlockMac:
                var poll = new Native.PollDescriptor { Descriptor = Descriptor, Events = Native.CanWriteEvent };
                _ = Native.poll(ref poll, 1, -1);
                return;
            default:
                throw new StandardOutputException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    /// <summary>The C library, under its own names.</summary>
    private static class Native
    {
        public const int GetDescriptorFlags = 1;
        public const int CloseOnExec = 1;
        public const int Interrupted = 4;
        public const int BrokenPipe = 32;
        public const int WouldBlockLinux = 11;
        public const int WouldBlockMac = 35;
        public const short CanWriteEvent = 4;
        public const short ErrorEvent = 8;
        public const short HangUpEvent = 16;

        [DllImport("libc", SetLastError = true)]
        public static extern nint write(int descriptor, ref byte buffer, nint count);

        [DllImport("libc", SetLastError = true)]
        public static extern int fcntl(int descriptor, int command);

        [DllImport("libc", SetLastError = true)]
        public static extern int poll(ref PollDescriptor descriptors, nuint count, int timeout);

        [StructLayout(LayoutKind.Sequential)]
        public struct PollDescriptor
        {
            public int Descriptor;
            public short Events;
            public short Happened;
        }
    }
}
