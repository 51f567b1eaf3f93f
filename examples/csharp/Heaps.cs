// heapmin from C#, over P/Invoke.
//
// The library's functions are plain C functions: cdecl, exact names, no variants. A SIZE_T or
// size_t is a UIntPtr, a HANDLE or a pointer an IntPtr, and what is `long` on Windows an int. The
// structures hold nothing but numbers and pointers, so they are passed by ref, without copies.
using System;
using System.Runtime.InteropServices;

static class Native
{
    const string Library = "libheapmin.so";
    const CallingConvention C = CallingConvention.Cdecl;

    public const uint HEAP_ZERO_MEMORY = 0x8;
    public const uint ERROR_NOT_ENOUGH_MEMORY = 8;
    public const uint ERROR_NO_MORE_ITEMS = 259;
    public const ushort PROCESS_HEAP_ENTRY_BUSY = 0x4;
    public const int HEAPOK = -2, HEAPEND = -5, USEDENTRY = 1;
    public const int EINVAL = 22, ENOMEM = 12;

    // The part of an entry that depends on wFlags: here, that of a region.
    [StructLayout(LayoutKind.Sequential)]
    public struct Region
    {
        public uint CommittedSize, UnCommittedSize;
        public IntPtr FirstBlock, LastBlock;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PROCESS_HEAP_ENTRY
    {
        public IntPtr lpData;
        public uint cbData;
        public byte cbOverhead, iRegionIndex;
        public ushort wFlags;
        public Region Region;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct HEAPINFO
    {
        public IntPtr _pentry;
        public UIntPtr _size;
        public int _useflag;
    }

    // Called when memory is short, with the bytes asked for: nonzero to try again.
    [UnmanagedFunctionPointer(C)]
    public delegate int NewHandler(UIntPtr size);

    // Called for a bad argument; if there is none, a bad argument ends the process. The texts are
    // always NULL.
    [UnmanagedFunctionPointer(C)]
    public delegate void InvalidParameterHandler(IntPtr expression, IntPtr function, IntPtr file,
                                                 uint line, UIntPtr reserved);

    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern IntPtr HeapCreate(uint options, UIntPtr initial, UIntPtr maximum);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int HeapDestroy(IntPtr heap);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern IntPtr HeapAlloc(IntPtr heap, uint flags, UIntPtr size);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int HeapFree(IntPtr heap, uint flags, IntPtr block);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern UIntPtr HeapSize(IntPtr heap, uint flags, IntPtr block);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int HeapLock(IntPtr heap);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int HeapUnlock(IntPtr heap);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int HeapWalk(IntPtr heap, ref PROCESS_HEAP_ENTRY entry);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern uint GetLastError();

    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern IntPtr _malloc_base(UIntPtr size);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern void _free_base(IntPtr block);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern UIntPtr _msize(IntPtr block);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern IntPtr _aligned_malloc(UIntPtr size, UIntPtr alignment);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern void _aligned_free(IntPtr block);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int _heapwalk(ref HEAPINFO entry);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int _get_errno(out int value);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern int _set_new_mode(int mode);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern IntPtr _set_new_handler(NewHandler handler);
    [DllImport(Library, CallingConvention = C, ExactSpelling = true)]
    public static extern IntPtr _set_invalid_parameter_handler(InvalidParameterHandler handler);
}

static class Heaps
{
    static UIntPtr Bytes(ulong size)
    {
        return new UIntPtr(size);
    }

    static string YesNo(bool condition)
    {
        return condition ? "yes" : "no";
    }

    // A heap of its own: allocate, measure, walk, and free all of it at once.
    static void PrivateHeap()
    {
        IntPtr heap = Native.HeapCreate(0, Bytes(0), Bytes(0));
        if (heap == IntPtr.Zero)
            throw new OutOfMemoryException("HeapCreate: error " + Native.GetLastError());

        foreach (ulong size in new ulong[] { 10, 1000, 100000 })
        {
            IntPtr block = Native.HeapAlloc(heap, Native.HEAP_ZERO_MEMORY, Bytes(size));
            Console.WriteLine("HeapAlloc: {0} bytes, the first is {1}",
                              Native.HeapSize(heap, 0, block), Marshal.ReadByte(block));
        }

        // The walk begins with lpData zero; the structure is also the place in the walk.
        var entry = new Native.PROCESS_HEAP_ENTRY();
        uint blocks = 0;
        ulong bytes = 0;
        Native.HeapLock(heap);
        while (Native.HeapWalk(heap, ref entry) != 0)
        {
            if ((entry.wFlags & Native.PROCESS_HEAP_ENTRY_BUSY) != 0)
            {
                blocks++;
                bytes += entry.cbData;
            }
        }
        // The last error belongs to the thread; nothing may call into the library in between.
        uint error = Native.GetLastError();
        Native.HeapUnlock(heap);
        Console.WriteLine("HeapWalk: {0} blocks, {1} bytes, complete: {2}", blocks, bytes,
                          YesNo(error == Native.ERROR_NO_MORE_ITEMS));

        // Half of all addresses there are: this fails, and says why.
        IntPtr tooMuch = Native.HeapAlloc(heap, 0, Bytes(ulong.MaxValue / 2));
        error = Native.GetLastError();
        Console.WriteLine("too much: {0}, out of memory: {1}", tooMuch,
                          YesNo(error == Native.ERROR_NOT_ENOUGH_MEMORY));
        Console.WriteLine("HeapDestroy: {0}", Native.HeapDestroy(heap));
    }

    // Blocks of the C run-time heap are found in its walk.
    static void RuntimeHeap()
    {
        IntPtr block = Native._malloc_base(Bytes(59));
        var entry = new Native.HEAPINFO();
        bool found = false;
        int status;
        while ((status = Native._heapwalk(ref entry)) == Native.HEAPOK)
            found |= entry._pentry == block && entry._useflag == Native.USEDENTRY
                     && entry._size == Bytes(59);
        Console.WriteLine("_heapwalk: found {0}, complete: {1}", YesNo(found),
                          YesNo(status == Native.HEAPEND));
        Native._free_base(block);

        foreach (ulong size in new ulong[] { 100, 0 })
        {
            IntPtr aligned = Aligned(size, 4096);
            Console.WriteLine("_aligned_malloc: {0} bytes on a page: {1}", size,
                              YesNo(aligned != IntPtr.Zero && aligned.ToInt64() % 4096 == 0));
            Native._aligned_free(aligned);
        }

        // Calls are cheap: no copies, no conversions.
        for (int i = 0; i < 1000000; i++)
            Native._free_base(Native._malloc_base(Bytes(64)));
        Console.WriteLine("a million blocks: done");
    }

    // _aligned_malloc takes 0 bytes for a mistake; .NET's NativeMemory asks for 1 then, too.
    static IntPtr Aligned(ulong size, ulong alignment)
    {
        return Native._aligned_malloc(Bytes(size == 0 ? 1 : size), Bytes(alignment));
    }

    // Delegates that native code keeps are kept here too, or the collector would take them.
    static Native.NewHandler newHandler;
    static Native.InvalidParameterHandler invalidParameterHandler;
    static int calls;
    static ulong asked;

    // A handler in C# that malloc calls when memory is short.
    static void Handlers()
    {
        newHandler = size =>
        {
            calls++;
            asked = size.ToUInt64();
            return calls < 3 ? 1 : 0; // try again twice, then give up
        };
        Native._set_new_handler(newHandler);
        Native._set_new_mode(1);

        ulong wanted = ulong.MaxValue / 4;
        IntPtr block = Native._malloc_base(Bytes(wanted));
        int errno;
        Native._get_errno(out errno);
        Console.WriteLine("new handler: {0} calls, with the size: {1}, result {2}, ENOMEM: {3}",
                          calls, YesNo(asked == wanted), block, YesNo(errno == Native.ENOMEM));
        Native._set_new_mode(0);
        Native._set_new_handler(null);

        // Without a handler, a bad argument ends the process.
        int invalid = 0;
        invalidParameterHandler = (expression, function, file, line, reserved) => invalid++;
        Native._set_invalid_parameter_handler(invalidParameterHandler);
        UIntPtr nothing = Native._msize(IntPtr.Zero);
        Native._get_errno(out errno);
        Console.WriteLine("_msize of null: {0}, handler called {1} times, EINVAL: {2}",
                          nothing == Bytes(ulong.MaxValue) ? "-1" : nothing.ToString(), invalid,
                          YesNo(errno == Native.EINVAL));
        Native._set_invalid_parameter_handler(null);
    }

    static int Main()
    {
        PrivateHeap();
        RuntimeHeap();
        Handlers();
        return 0;
    }
}
