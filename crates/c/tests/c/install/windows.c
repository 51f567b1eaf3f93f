// The same, as it was written on Windows.

#include <windows.h>
#include <malloc.h>

int main(void) {
    void *block = HeapAlloc(GetProcessHeap(), 0, 21);
    void *aligned = _aligned_malloc(100, 64);
    printf("%zu bytes\n", (size_t)HeapSize(GetProcessHeap(), 0, block));
    _aligned_free(aligned);
    return HeapFree(GetProcessHeap(), 0, block) ? 0 : 1;
}
