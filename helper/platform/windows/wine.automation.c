/*
 * Stands where UI Automation is on Windows, for the tests: Wine 8 has none that a program could ask. It tells of one
 * password field in each Notepad, which has the keyboard while that Notepad is in front. Whatever is asked otherwise than
 * the interfaces say (uiautomationclient.idl) is refused, and so is everything once objects are not let go.
 */
#include <windows.h>
#include <oaidl.h>
#include <stdlib.h>

enum { PLACES = 90, MOST_ALIVE = 12, IS_PASSWORD = 30019, BOUNDING_RECTANGLE = 30001, DESCENDANTS = 4 };

typedef struct Object {
  void **table;
  LONG references;
  HWND window;
  BOOL isPassword;
} Object;

static void *factoryTable[PLACES], *rootTable[PLACES], *conditionTable[PLACES], *cacheTable[PLACES];
static void *elementTable[PLACES], *arrayTable[PLACES];
static LONG alive;
static BOOL isRectCached, isPasswordCached, isConnectionLimited, isTransactionLimited;

static HRESULT WINAPI refuse(void) { return E_NOTIMPL; }

static ULONG WINAPI hold(Object *self) { return (ULONG)InterlockedIncrement(&self->references); }

static ULONG WINAPI letGo(Object *self) {
  LONG left = InterlockedDecrement(&self->references);
  if (left == 0) {
    InterlockedDecrement(&alive);
    free(self);
  }
  return (ULONG)left;
}

static HRESULT make(void **table, HWND window, BOOL isPassword, void **out) {
  Object *object = alive < MOST_ALIVE ? calloc(1, sizeof(Object)) : NULL;
  *out = object;
  if (!object) return E_OUTOFMEMORY;
  InterlockedIncrement(&alive);
  *object = (Object){table, 1, window, isPassword};
  return S_OK;
}

static BOOL hasField(HWND window) {
  WCHAR name[64] = L"";
  GetClassNameW(window, name, 64);
  return lstrcmpW(name, L"Notepad") == 0;
}

static HRESULT WINAPI limitConnection(Object *self, DWORD ms) {
  isConnectionLimited = self->table == rootTable && ms > 0 && ms <= 2000;
  return S_OK;
}

static HRESULT WINAPI limitTransaction(Object *self, DWORD ms) {
  isTransactionLimited = self->table == rootTable && ms > 0 && ms <= 2000;
  return S_OK;
}

static HRESULT WINAPI makeCondition(Object *self, int property, VARIANT value, void **out) {
  (void)self;
  if (property != IS_PASSWORD || value.vt != VT_BOOL || value.boolVal != VARIANT_TRUE) return E_INVALIDARG;
  return make(conditionTable, NULL, FALSE, out);
}

static HRESULT WINAPI makeCache(Object *self, void **out) {
  (void)self;
  return make(cacheTable, NULL, FALSE, out);
}

static HRESULT WINAPI addProperty(Object *self, int property) {
  (void)self;
  if (property == BOUNDING_RECTANGLE) isRectCached = TRUE;
  if (property == IS_PASSWORD) isPasswordCached = TRUE;
  return S_OK;
}

static BOOL isAsked(Object *cache) {
  return isRectCached && isPasswordCached && isConnectionLimited && isTransactionLimited && cache->table == cacheTable;
}

static HRESULT WINAPI fromWindow(Object *self, HWND window, void **out) {
  (void)self;
  return make(elementTable, window, FALSE, out);
}

static HRESULT WINAPI focused(Object *self, Object *cache, void **out) {
  (void)self;
  HWND front = GetForegroundWindow();
  return isAsked(cache) ? make(elementTable, front, hasField(front), out) : E_INVALIDARG;
}

static HRESULT WINAPI find(Object *self, int scope, Object *condition, Object *cache, void **out) {
  if (scope != DESCENDANTS || condition->table != conditionTable || !isAsked(cache)) return E_INVALIDARG;
  return make(arrayTable, self->window, FALSE, out);
}

static HRESULT WINAPI length(Object *self, int *out) {
  *out = hasField(self->window) ? 1 : 0;
  return S_OK;
}

static HRESULT WINAPI elementAt(Object *self, int at, void **out) {
  return at == 0 ? make(elementTable, self->window, TRUE, out) : E_INVALIDARG;
}

static HRESULT WINAPI isPassword(Object *self, BOOL *out) {
  *out = self->isPassword;
  return S_OK;
}

static HRESULT WINAPI rectangle(Object *self, RECT *out) {
  RECT window = {0};
  GetWindowRect(self->window, &window);
  *out = (RECT){window.left + 20, window.top + 60, window.left + 140, window.top + 82};
  return S_OK;
}

static HRESULT WINAPI makeRoot(Object *self, void *outer, REFIID iid, void **out) {
  (void)self;
  (void)outer;
  static const IID automation2 = {0x34723aff, 0x0c9d, 0x49d0, {0x98, 0x96, 0x7a, 0xb5, 0x2d, 0xf8, 0xcd, 0x8a}};
  return memcmp(iid, &automation2, sizeof(IID)) == 0 ? make(rootTable, NULL, FALSE, out) : E_NOINTERFACE;
}

static HRESULT WINAPI answerItself(Object *self, REFIID iid, void **out) {
  (void)iid;
  hold(self);
  *out = self;
  return S_OK;
}

static void prepare(void **table) {
  for (int at = 0; at < PLACES; at++) table[at] = refuse;
  table[0] = answerItself;
  table[1] = hold;
  table[2] = letGo;
}

__declspec(dllexport) HRESULT WINAPI DllGetClassObject(REFCLSID class, REFIID iid, void **out) {
  (void)class;
  (void)iid;
  void **tables[] = {factoryTable, rootTable, conditionTable, cacheTable, elementTable, arrayTable};
  for (int at = 0; at < 6; at++) prepare(tables[at]);
  factoryTable[3] = makeRoot;
  rootTable[6] = fromWindow;
  rootTable[12] = focused;
  rootTable[20] = makeCache;
  rootTable[23] = makeCondition;
  rootTable[61] = limitConnection;
  rootTable[63] = limitTransaction;
  cacheTable[3] = addProperty;
  elementTable[8] = find;
  elementTable[67] = isPassword;
  elementTable[75] = rectangle;
  arrayTable[3] = length;
  arrayTable[4] = elementAt;
  return make(factoryTable, NULL, FALSE, out);
}
