/* <tchar.h> as Windows programs expect it, for texts of char. */
#pragma GCC system_header
#ifndef HEAPMIN_COMPAT_TCHAR_H
#define HEAPMIN_COMPAT_TCHAR_H

#ifdef _UNICODE
#error "only texts of char are supported: compile without UNICODE and _UNICODE"
#endif

#include <stdio.h>
#include <string.h>

#include "../heapmin/keywords.h"

typedef char _TCHAR;
typedef char _TSCHAR;
typedef unsigned char _TUCHAR;
typedef int _TINT;

#define _T(text) text
#define _TEXT(text) text
#ifndef TEXT
#define TEXT(text) text
#endif

#define _tmain main

#define _tprintf printf
#define _ftprintf fprintf
#define _sntprintf snprintf
#define _vtprintf vprintf
#define _vftprintf vfprintf
#define _putts puts
#define _fputts fputs
#define _fgetts fgets
#define _puttchar putchar
#define _tcslen strlen
#define _tcscmp strcmp
#define _tcsncmp strncmp
#define _tcscpy strcpy
#define _tcsncpy strncpy
#define _tcscat strcat
#define _tcschr strchr
#define _tcsrchr strrchr
#define _tcsstr strstr
#define _tperror perror
#define _tcserror strerror
#define _tcserror_s strerror_s

#endif
