// The smallest audit library for LD_AUDIT: its presence alone changes how the dynamic linker
// starts a program and where it puts thread-local storage.

#include <link.h>

unsigned int la_version(unsigned int version) {
    return version;
}

unsigned int la_objopen(struct link_map *map, Lmid_t namespace, uintptr_t *cookie) {
    (void)map;
    (void)namespace;
    (void)cookie;
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}
