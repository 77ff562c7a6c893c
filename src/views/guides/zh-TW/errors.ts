/** 每個錯誤的意義與處理方式。反引號之間是程式碼。 */
import type { ErrorExplanation } from '../error-catalogue.tsx'

export const errors = {
  invalid_request: {
    meaning: '請求本身有問題；此時還沒開始確認是誰送出的。',
    causes: [
      '缺少必要的參數，或同一個參數送了兩次',
      '公開用戶端沒有送出 `code_challenge`，或使用 `S256` 以外的方法',
      '內容格式不是 `application/x-www-form-urlencoded`',
    ],
    remedy: '請看 `error_description`，其中會指出是哪個參數。原封不動再送一次仍會失敗。',
  },
  invalid_client: {
    meaning: '用戶端不存在，或無法證明自己就是這個用戶端。',
    causes: [
      '密鑰錯誤，或已換成新的密鑰',
      '密鑰放在標頭，但用戶端註冊的是另一種驗證方式，或正好相反',
      '用戶端已被刪除，或尚未核准',
    ],
    remedy:
      '請核對識別碼、密鑰與驗證方式是否和註冊內容一致。使用 Basic 標頭時，識別碼與密鑰要先做表單編碼（RFC 6749 §2.3.1）。',
  },
  invalid_grant: {
    meaning: '授權碼或更新權杖無效，或已經失效。',
    causes: [
      '授權碼已使用過、超過一分鐘，或是發給其他用戶端的',
      '`redirect_uri` 或 `code_verifier` 和授權請求時的不一致',
      '更新權杖已換成新的、已過期，或已被撤銷',
    ],
    remedy: '請重新登入。如果每次更新都發生，代表應用程式保存的是舊的更新權杖，或有兩個程序共用同一個。',
  },
  unauthorized_client: {
    meaning: '用戶端是已知的，但不能這麼做，或必須改用其他方式。',
    causes: [
      '用戶端沒有這種授權類型',
      '公開用戶端要求內省、用戶端憑證或權杖交換',
      '這個用戶端必須先推送授權請求',
    ],
    remedy: '請為用戶端加上這種授權類型，或改用說明中指出的方式。',
  },
  unsupported_grant_type: {
    meaning: '這部伺服器沒有這種 `grant_type`。',
    causes: ['拼字錯誤', '使用密碼授權，而這裡並不提供'],
    remedy: '請使用探索文件中 `grant_types_supported` 所列的類型。',
  },
  invalid_scope: {
    meaning: 'scope 的格式錯誤，或包含這個用戶端不能取得的範圍。',
    causes: ['用戶端沒有其中某個範圍', '更新時要求的範圍超過原本核准的', '用逗號分隔；範圍之間應以空格分隔'],
    remedy: '請減少要求的範圍，或為用戶端加上該範圍。',
  },
  unsupported_response_type: {
    meaning: '`response_type` 不是 `code`。',
    causes: ['函式庫設定成隱含流程或混合流程'],
    remedy: '請使用 `response_type=code` 搭配 PKCE。',
  },
  login_required: {
    meaning: '請求帶有 `prompt=none`，但不顯示頁面就無法讓任何人登入。',
    causes: ['沒有人登入', '登入時間已超過 `max_age`', '登入的人和 `id_token_hint` 所指的不同'],
    remedy: '請拿掉 `prompt=none`，再將瀏覽器導向一次。',
  },
  consent_required: {
    meaning: '請求帶有 `prompt=none`，但使用者尚未同意這個應用程式的要求。',
    causes: ['第一次使用', '應用程式要求了新的範圍', '使用者收回了同意'],
    remedy: '請拿掉 `prompt=none`，再將瀏覽器導向一次。',
  },
  unmet_authentication_requirements: {
    meaning: '請求堅持某種登入方式（`acr`），但這位使用者無法做到。',
    causes: ['使用者沒有第二重驗證或通行密鑰', '要求的值不在 `acr_values_supported` 之中'],
    remedy: '請讓使用者設定第二重驗證，或改用不強制的 `acr_values`。',
  },
  request_not_supported: {
    meaning: '請求以請求物件（`request`）送出，而這部伺服器不讀取它。',
    causes: ['函式庫設定成以 JWT 保護授權請求'],
    remedy: '請直接送出參數，或推送到推送授權請求端點。',
  },
  request_uri_not_supported: {
    meaning: '`request_uri` 不是這部伺服器發出的位址。',
    causes: ['函式庫把請求物件放在自己的網址上'],
    remedy: '請先推送請求，再使用回應中的 `request_uri`。',
  },
  registration_not_supported: {
    meaning: '授權請求帶有 `registration` 參數，這是給自行簽發的提供者用的。',
    causes: ['函式庫設定成另一種提供者'],
    remedy: '請拿掉這個參數。',
  },
  invalid_request_uri: {
    meaning: '找不到這個推送的請求。',
    causes: ['瀏覽器來之前就已過期', '已經使用過', '是由其他用戶端推送的'],
    remedy: '每次登入都推送新的請求，並在推送後立刻導向瀏覽器。',
  },
  authorization_pending: {
    meaning: '這不是失敗：使用者還沒有決定。',
    causes: ['代碼尚未輸入，或確認頁面還開著'],
    remedy: '等待 `interval` 秒後再詢問，直到超過 `expires_in` 為止。',
  },
  slow_down: {
    meaning: '裝置詢問的頻率比規定的高。',
    causes: ['間隔短於 `interval`', '兩個程序使用同一組代碼輪詢'],
    remedy: '從現在起每次都多等五秒（RFC 8628 §3.5），然後繼續。',
  },
  access_denied: {
    meaning: '使用者拒絕了。',
    causes: ['在裝置頁面或同意頁面上按了「拒絕」'],
    remedy: '請如實告知；只有在使用者願意時才再次要求。',
  },
  expired_token: {
    meaning: '裝置代碼已過期。',
    causes: ['沒有人在期限內輸入代碼'],
    remedy: '請停止輪詢，並提供以新代碼重新開始的選項。',
  },
  invalid_redirect_uri: {
    meaning: '註冊內容中的重新導向 URI 不能使用。',
    causes: ['以 http 導向本機以外的位址', '帶有片段（#）', '相對位址'],
    remedy: '請使用 https，或 `127.0.0.1` 或 `[::1]` 的 http。',
  },
  invalid_client_metadata: {
    meaning: '註冊內容要求了這部伺服器做不到的事，或前後矛盾。',
    causes: ['未知的驗證方式、演算法或授權類型', '金鑰不是 JWK 集合', '公開用戶端卻使用密鑰驗證'],
    remedy: '說明中會指出是哪個欄位。用不到的欄位請省略。',
  },
  invalid_dpop_proof: {
    meaning: '缺少 DPoP 證明，或它不適用於這個請求。',
    causes: [
      '用戶端的時鐘誤差超過幾秒',
      '同一個證明送了兩次',
      '`htm` 或 `htu` 指的是別的請求，例如代理伺服器後方的內部位址',
    ],
    remedy: '每個請求都要產生新的證明，並使用這部伺服器公布的位址。',
  },
  use_dpop_nonce: {
    meaning: '這部伺服器要求證明中帶有它的 nonce。',
    causes: ['這是第一個請求，或 nonce 已過期'],
    remedy: '請帶上 `DPoP-Nonce` 標頭的值再送一次。好的函式庫會自動處理。',
  },
  invalid_target: {
    meaning: '`resource` 不是這個用戶端可以要求的資源。',
    causes: [
      '識別碼和註冊的不同，例如路徑或結尾的斜線',
      '是相對位址，或帶有片段',
      '用戶端沒有這個資源的權限',
    ],
    remedy: '請一字不差地送出識別碼，並為用戶端加上這個資源。',
  },
  invalid_token: {
    meaning: '這個存取權杖在這裡無效。',
    causes: ['已過期或被撤銷', '是為其他資源核發的', '使用者的帳號已停用'],
    remedy: '請更新一次後重試。如果仍然失敗，請重新登入。',
  },
  insufficient_scope: {
    meaning: '權杖有效，但權限不足。',
    causes: ['以不含 `openid`、`profile` 或 `email` 的權杖查詢使用者資料', '權杖屬於機器，不代表任何人'],
    remedy: '請向使用者要求 `WWW-Authenticate` 所指出的範圍。',
  },
  missing_token: {
    meaning: '查詢 `GET /oauth/tokeninfo` 時沒有附上權杖。',
    causes: ['沒有 `Authorization` 標頭，或被代理伺服器移除'],
    remedy: '請以 `Authorization: Bearer` 附上存取權杖。',
  },
  rate_limit_exceeded: {
    meaning: '同一個位址的請求過多，或同一個用戶端失敗過多次。',
    causes: ['沒有間隔的迴圈', '密鑰已錯誤了一段時間', '許多用戶端共用同一個位址'],
    remedy: '請等待 `Retry-After` 所示的秒數，之後放慢速度。',
  },
  temporarily_unavailable: {
    meaning: '伺服器運作正常，只是暫時無法接受更多這類請求。',
    causes: ['自行註冊的用戶端數量已達上限'],
    remedy: '請稍後再試，或詢問這部伺服器的管理人員。',
  },
  server_error: {
    meaning: '是我們這邊的故障，和您的請求內容無關。',
    causes: ['無法連線到資料庫', '程式錯誤'],
    remedy: '請逐次拉長間隔後重試，並把回應中的 `X-Request-Id` 告訴伺服器的管理人員。',
  },
} as const satisfies Readonly<Record<string, ErrorExplanation>>
